/**
 * A mixed-precision graph written out in float32, every float16 result rounded where a GPU rounds it. ONNX Runtime's CPU
 * provider has no float16 kernels: it computes such nodes in float32 and drops the roundings between them, overflows
 * included, so that running the graph itself would prove nothing.
 */
import { toAttributes } from '../attributes.ts';
import type { Graph, Node, Tensor } from '../graph.ts';
import { fromHalves } from '../half.ts';
import { castType } from '../ops/shape-ops.ts';
import { typesOf } from '../types-of.ts';

/** Operators whose results are among their inputs, so that nothing is left to round. */
const EXACT = new Set(
	(
		'Identity Reshape Flatten Squeeze Unsqueeze Transpose Slice Split Concat Expand Tile Gather DepthToSpace SpaceToDepth ' +
		'MaxPool GlobalMaxPool ReduceMax ReduceMin Relu Max Min Clip Abs Neg Where'
	).split(' '),
);

/** @param graph with float16 values between its nodes, as `toHalf` writes it */
export function emulateHalf(graph: Graph): Graph {
	const typeOf = typesOf(graph);
	const isHalf = (name: string) => name !== '' && typeOf(name) === 'float16';
	const nodes = graph.nodes.flatMap((node) => emulate(node, isHalf));
	const initializers = new Map(Array.from(graph.initializers, ([name, tensor]) => [name, widened(tensor)]));
	const values = new Map([...graph.values].filter(([, { type }]) => type !== 'float16'));
	return { ...graph, nodes, initializers, values };
}

function emulate(node: Node, isHalf: (name: string) => boolean): readonly Node[] {
	const isCast = node.op === 'Cast' && node.domain === '';
	if (isCast && castType(node) === 'float32' && isHalf(node.inputs[0]))
		return [{ ...node, op: 'Identity', attributes: {} }];
	if (!node.outputs.some(isHalf)) return [node];
	if (isCast) return rounded(node.name, node.inputs[0], node.outputs[0]);
	if (EXACT.has(node.op)) return [node];
	const exact = node.outputs.map((name) => (isHalf(name) ? `${name}/exact` : name));
	const roundings = node.outputs.filter(isHalf).flatMap((name) => rounded(`${name}/rounding`, `${name}/exact`, name));
	return [{ ...node, outputs: exact }, ...roundings];
}

/** To float16, overflowing to infinity, and back. */
function rounded(name: string, from: string, to: string): readonly Node[] {
	const cast = (input: string, output: string, type: number): Node => ({
		name: `${name}/${type}`,
		op: 'Cast',
		domain: '',
		inputs: [input],
		outputs: [output],
		attributes: toAttributes({ to: type }),
	});
	return [cast(from, `${to}/bits`, 10), cast(`${to}/bits`, to, 1)];
}

function widened(tensor: Tensor): Tensor {
	if (tensor.type !== 'float16') return tensor;
	return { ...tensor, type: 'float32', data: fromHalves(tensor.data as Uint16Array) };
}
