/** Where a model for TensorRT is quantized: the inputs of convolutions and of residual additions, and nothing else. */
import type { Graph, Node, Value } from '../../graph/graph.ts';
import { type Links, linksOf } from '../../graph/links.ts';
import { findCameraInput } from '../camera-input.ts';
import { isMover, type LeftInFloat } from '../plan.ts';

export interface TensorrtPlan {
	/** A node → which of its inputs are quantized. */
	readonly inputs: ReadonlyMap<Node, readonly number[]>;
	/** The values behind those inputs. */
	readonly values: ReadonlySet<string>;
	readonly inFloat: readonly LeftInFloat[];
}

const ACTIVATIONS = new Set([
	'Relu',
	'Clip',
	'LeakyRelu',
	'PRelu',
	'Elu',
	'HardSwish',
	'HardSigmoid',
	'Sigmoid',
	'Mul',
]);

/**
 * A convolution that reads the image stays in float: symmetric int8 has codes for 128 of the camera's 256 grey levels, and
 * with one or three channels there is little to win.
 *
 * @param keptInFloat outputs of convolutions that are to stay in float
 */
export function planTensorrt(graph: Graph, keptInFloat: ReadonlySet<string> = new Set()): TensorrtPlan {
	const links = linksOf(graph);
	const images = fromImages(graph, links);
	const inputs = new Map<Node, readonly number[]>();
	const inFloat: LeftInFloat[] = [];
	for (const node of graph.nodes) {
		if (!isConvolution(node)) continue;
		const reason = images.has(node.inputs[0])
			? 'it reads the image, which symmetric int8 would coarsen, with few channels to win by'
			: !hasConstantWeight(node, graph)
				? 'its weights are not constant'
				: keptInFloat.has(node.outputs[0])
					? 'kept in float for accuracy'
					: undefined;
		if (reason === undefined) inputs.set(node, [0]);
		else inFloat.push({ name: node.name || node.outputs[0], op: node.op, reason });
	}
	for (const [node, which] of residuals(graph, links, inputs)) inputs.set(node, which);
	const values = new Set(Array.from(inputs, ([node, which]) => which.map((i) => node.inputs[i])).flat());
	return { inputs, values, inFloat };
}

export function isConvolution({ op, domain }: Node): boolean {
	return domain === '' && (op === 'Conv' || op === 'ConvTranspose');
}

function hasConstantWeight(node: Node, { initializers }: Graph): boolean {
	return initializers.get(node.inputs[1])?.type === 'float32';
}

/** Most channels of an image: colours, perhaps with a mask or depth beside them. */
const IMAGE_CHANNELS = 4;

/** Bytes, or numbers with few channels, first or last. */
function isImage({ type, shape = [] }: Value): boolean {
	return type === 'uint8' || [shape[1], shape[3]].some((d) => typeof d === 'number' && d <= IMAGE_CHANNELS);
}

/** What holds values of images that are fed and nothing else, moved around or not. */
function fromImages(graph: Graph, links: Links): ReadonlySet<string> {
	const values = new Set([
		findCameraInput(graph, links)?.value ?? '',
		...graph.inputs.filter(isImage).map(({ name }) => name),
	]);
	for (const node of graph.nodes) if (isMover(node) && values.has(node.inputs[0])) values.add(node.outputs[0]);
	return values;
}

/**
 * Additions between quantized layers. One input may come straight from a convolution, which TensorRT fuses with the
 * addition; the others are quantized, or that convolution would have to give floats.
 */
function residuals(graph: Graph, links: Links, convolutions: ReadonlyMap<Node, unknown>): Map<Node, readonly number[]> {
	const wanted = new Set(Array.from(convolutions.keys(), ({ inputs }) => inputs[0]));
	const found = new Map<Node, readonly number[]>();
	for (const node of graph.nodes.toReversed()) {
		if (!wanted.has(node.outputs[0]) || node.domain !== '') continue;
		const isResidual = node.op === 'Add' && node.inputs.every((name) => !graph.initializers.has(name));
		if (!isResidual && !isMover(node) && !ACTIVATIONS.has(node.op) && node.op !== 'Concat') continue;
		for (const name of node.inputs) wanted.add(name);
		if (!isResidual) continue;
		const fused = node.inputs.findIndex((name) => {
			const producer = links.producer(name);
			return producer && convolutions.has(producer) && links.onlyConsumer(name) === node;
		});
		found.set(
			node,
			node.inputs.flatMap((_, i) => (i === fused ? [] : [i])),
		);
	}
	return found;
}
