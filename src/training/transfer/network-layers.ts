/** The layers of a graph that have weights, with all that belongs to each: bias, normalisation, geometry, depth. */
import { floatOf, intOf, intsOf } from '../../graph/attributes.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { type Links, linksOf } from '../../graph/links.ts';

export interface Layer {
	/** The weight's name without its last part. */
	readonly name: string;
	readonly kind: 'Conv' | 'ConvTranspose' | 'dense';
	readonly weight: string;
	/** Sizes of the weight; of dense layers [out, in], however it is stored. */
	readonly dims: readonly number[];
	/** A dense weight that is stored [in, out]. */
	readonly transposed: boolean;
	readonly bias: string | undefined;
	readonly norm: Norm | undefined;
	/** What else decides the output: strides, pads, dilations and groups, as text to compare. */
	readonly geometry: Readonly<Record<string, string>>;
	/** Layers with weights on the longest way from the input, this one included. */
	readonly depth: number;
}

export interface Norm {
	readonly scale: string;
	readonly bias: string;
	readonly mean: string;
	readonly variance: string;
	readonly epsilon: number;
}

/** Layers in the order of the nodes; weights that are computed, or shared with an earlier layer, are left out. */
export function networkLayers(graph: Graph): readonly Layer[] {
	const links = linksOf(graph);
	const depths = new Map<string, number>();
	const layers = new Map<string, Layer>();
	for (const node of graph.nodes) {
		const before = Math.max(0, ...node.inputs.map((name) => depths.get(name) ?? 0));
		const layer = layerOf(graph, links, node, before + 1);
		if (layer && !layers.has(layer.weight)) layers.set(layer.weight, layer);
		for (const output of node.outputs) depths.set(output, layer ? before + 1 : before);
	}
	return [...layers.values()];
}

function layerOf(graph: Graph, links: Links, node: Node, depth: number): Layer | undefined {
	const [, weight] = node.inputs;
	const tensor = weight ? graph.initializers.get(weight) : undefined;
	if (tensor?.type !== 'float32') return undefined;
	const common = { name: layerName(weight), weight, depth };
	if (node.op === 'Conv' || node.op === 'ConvTranspose')
		return {
			...common,
			kind: node.op,
			dims: tensor.dims,
			transposed: false,
			bias: node.inputs[2] || undefined,
			norm: normBehind(graph, links, node),
			geometry: geometryOf(node, tensor.dims.length - 2),
		};
	if ((node.op !== 'Gemm' && node.op !== 'MatMul') || tensor.dims.length !== 2) return undefined;
	const transposed = node.op === 'MatMul' || intOf(node, 'transB', 0) === 0;
	const dims = transposed ? [...tensor.dims].reverse() : tensor.dims;
	const bias = node.op === 'Gemm' ? node.inputs[2] || undefined : addedBehind(graph, links, node);
	return { ...common, kind: 'dense', dims, transposed, bias, norm: undefined, geometry: {} };
}

/** `conv1/weight` and `layer1.0.conv1.weight` without their last part. */
function layerName(weight: string): string {
	return weight.replace(/[/.](weight|kernel)(:0)?$/, '');
}

function normBehind(graph: Graph, links: Links, node: Node): Norm | undefined {
	const next = links.onlyConsumer(node.outputs[0]);
	if (next?.op !== 'BatchNormalization' || !next.inputs.slice(1).every((name) => graph.initializers.has(name)))
		return undefined;
	const [, scale, bias, mean, variance] = next.inputs;
	return { scale, bias, mean, variance, epsilon: floatOf(next, 'epsilon', 1e-5) };
}

function addedBehind(graph: Graph, links: Links, node: Node): string | undefined {
	const next = links.onlyConsumer(node.outputs[0]);
	if (next?.op !== 'Add') return undefined;
	return next.inputs.find((name) => graph.initializers.get(name)?.dims.length === 1);
}

function geometryOf(node: Node, rank: number): Readonly<Record<string, string>> {
	const list = (key: string, size: number, fallback: number) =>
		intsOf(node, key, new Array(size).fill(fallback)).join('×');
	return {
		stride: list('strides', rank, 1),
		padding: list('pads', 2 * rank, 0),
		dilation: list('dilations', rank, 1),
		groups: String(intOf(node, 'group', 1)),
	};
}
