/** Which operators compute in float16, which follow their inputs, and which stay in float32 and why. */
import { intsOf } from '../attributes.ts';
import type { Node } from '../graph.ts';

/** The work of a network: products of activations and weights, in float16 wherever they stand. */
export const PRODUCTS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'BatchNormalization']);

/** What computes in the type that its inputs have: moves values, or does with each of them what float16 is good for. */
const FOLLOWERS: ReadonlySet<string> = new Set(
	(
		'Identity Reshape Flatten Squeeze Unsqueeze Transpose Slice Split Concat Pad Expand Tile Gather DepthToSpace SpaceToDepth ' +
		'Resize Dropout MaxPool GlobalMaxPool ReduceMax ReduceMin AveragePool Relu LeakyRelu PRelu Clip Elu HardSigmoid HardSwish ' +
		'Tanh Abs Neg Add Sub Mul Sum Max Min Where'
	).split(' '),
);

/** More values in a mean than this, and their sum loses what the last ones add. */
const LARGEST_WINDOW = 64;

const FRAGILE: Readonly<Record<string, string>> = {
	...reasonFor('Sigmoid Softmax LogSoftmax', 'probabilities near 0 and 1 need more digits than float16 has'),
	...reasonFor('Exp Log Sqrt Div Pow Reciprocal Softplus Mish Erf Gelu', 'it turns rounding into large errors'),
	...reasonFor(
		'ReduceMean ReduceSum ReduceSumSquare ReduceL1 ReduceL2 ReduceProd GlobalAveragePool AveragePool CumSum ' +
			'InstanceNormalization LayerNormalization GroupNormalization',
		'it sums over many values',
	),
};

/** Inputs that have a type of their own, whatever the first one has. */
const OTHER_INPUTS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2, 3], Dropout: [1, 2] };

export function isProduct({ op, domain }: Node): boolean {
	return domain === '' && PRODUCTS.has(op);
}

export function follows(node: Node): boolean {
	if (node.domain !== '' || !FOLLOWERS.has(node.op)) return false;
	return node.op !== 'AveragePool' || intsOf(node, 'kernel_shape', []).reduce((a, b) => a * b, 1) <= LARGEST_WINDOW;
}

/** Why a node that neither works in float16 nor follows stays in float32. */
export function whyFragile({ op, domain }: Node): string {
	return (domain === '' && FRAGILE[op]) || 'it is not known to be safe in float16';
}

/** Whether an input is of the type that the node computes in, if it is float at all. */
export function isComputedInput({ op }: Node, index: number): boolean {
	return !OTHER_INPUTS[op]?.includes(index);
}

function reasonFor(operators: string, reason: string): Record<string, string> {
	return Object.fromEntries(operators.split(' ').map((op) => [op, reason]));
}
