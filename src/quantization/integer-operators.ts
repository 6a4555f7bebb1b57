/** Which operators beside convolutions ONNX Runtime runs on integers, and what it means where one stays in float. */
import { floatOf, intOf } from '../graph/attributes.ts';
import type { Graph, Node } from '../graph/graph.ts';

/**
 * Operators with an integer kernel and a scale of their own for what they give (`com.microsoft` QLinear…). They are worth it
 * only on the way to other integers: alone, they would be converted to and fro.
 */
const FOLLOWERS = new Set(['GlobalAveragePool', 'AveragePool', 'LeakyRelu', 'Sigmoid']);

export function isFollower({ op, domain }: Node): boolean {
	return domain === '' && FOLLOWERS.has(op);
}

/** Weights of a dense layer from which integers pay: below, it takes no time anyway. */
const LARGE = 1 << 16;

/** A large dense layer for which there is an integer kernel (QGemm): constant weights, no scaling. */
export function isIntegerProduct(node: Node, { initializers }: Graph): boolean {
	if (node.op !== 'Gemm' || node.domain !== '') return false;
	const [weight, bias] = node.inputs.slice(1).map((name) => initializers.get(name));
	const plain = intOf(node, 'transA', 0) === 0 && floatOf(node, 'alpha', 1) === 1 && floatOf(node, 'beta', 1) === 1;
	const constants = weight?.type === 'float32' && (node.inputs.length < 3 || bias?.type === 'float32');
	if (!plain || !constants || weight.data.length < LARGE) return false;
	const columns = weight.dims[intOf(node, 'transB', 0) === 1 ? 0 : 1];
	return bias === undefined || (bias.dims.length === 1 && bias.dims[0] === columns);
}

/** Why an operator stays in float and, where there is something to be done, what. */
export function floatReason(node: Node): { readonly reason: string; readonly help?: string } {
	return Object.hasOwn(REASONS, node.op) && node.domain === ''
		? REASONS[node.op]
		: { reason: 'it is computed in float' };
}

const NO_KERNEL = 'ONNX Runtime has no integer kernel for it';
const MOVES = { reason: 'it only moves float values' };

const REASONS: Readonly<Record<string, { readonly reason: string; readonly help?: string }>> = {
	Conv: { reason: 'its weights are not constant', help: 'export the trained model, not one that computes its weights' },
	ConvTranspose: {
		reason: NO_KERNEL,
		help: 'kernels that cover whole strides (2×2 with stride 2) become convolutions by themselves',
	},
	BatchNormalization: {
		reason: 'no convolution stands right in front of it to take it in',
		help: 'normalise after the convolution, before the activation',
	},
	HardSwish: { reason: NO_KERNEL, help: 'ReLU, LeakyReLU and SiLU have one' },
	HardSigmoid: { reason: NO_KERNEL, help: 'Sigmoid has one' },
	Gelu: { reason: NO_KERNEL, help: 'ReLU, LeakyReLU and SiLU have one' },
	Erf: { reason: NO_KERNEL, help: 'ReLU, LeakyReLU and SiLU have one instead of GELU' },
	InstanceNormalization: { reason: NO_KERNEL, help: 'BatchNormalization folds into the convolution' },
	GroupNormalization: { reason: NO_KERNEL, help: 'BatchNormalization folds into the convolution' },
	LayerNormalization: { reason: NO_KERNEL, help: 'BatchNormalization folds into the convolution' },
	Gemm: { reason: 'it is too small to gain, or its weights are not constant' },
	MatMul: {
		reason: 'it is computed in float',
		help: 'a dense layer exported as Gemm runs on integers when it is large',
	},
	Sigmoid: { reason: 'what it gives goes on in float' },
	GlobalAveragePool: { reason: 'what it gives goes on in float' },
	AveragePool: { reason: 'what it gives goes on in float' },
	LeakyRelu: { reason: 'what it gives goes on in float' },
	Add: { reason: 'what it gives goes on in float' },
	Mul: { reason: 'what it gives goes on in float' },
	Relu: { reason: 'it belongs to an operator in float' },
	Clip: { reason: 'it belongs to an operator in float' },
	...Object.fromEntries(
		'Concat MaxPool Reshape Transpose Flatten Squeeze Unsqueeze Identity Slice DepthToSpace SpaceToDepth Resize'
			.split(' ')
			.map((op) => [op, MOVES]),
	),
};
