/** Means over height and width as global average pooling, which has an integer kernel; newer exporters write the mean. */
import { intOf } from '../attributes.ts';
import { type Graph, int64, type Node } from '../graph.ts';

/** Rewrites ReduceMean over the two spatial axes of a map [N, C, H, W] whose rank is known. */
export function meanToGlobalAveragePool(graph: Graph): { graph: Graph; modified: boolean } {
	const initializers = new Map(graph.initializers);
	const nodes = graph.nodes.flatMap((node): Node | Node[] => {
		if (!isSpatialMean(node, graph)) return node;
		const [output] = node.outputs;
		const pool = { ...node, op: 'GlobalAveragePool', inputs: [node.inputs[0]], attributes: {} };
		if (intOf(node, 'keepdims', 1) === 1) return pool;
		const [pooled, axes] = [`${output}/pooled`, `${output}/axes`];
		initializers.set(axes, int64([2], [2, 3]));
		const squeeze: Node = {
			name: `${node.name || output}/squeeze`,
			op: 'Squeeze',
			domain: '',
			inputs: [pooled, axes],
			outputs: [output],
			attributes: {},
		};
		return [{ ...pool, outputs: [pooled] }, squeeze];
	});
	const modified = nodes.some((node, i) => node !== graph.nodes[i]);
	return modified ? { graph: { ...graph, nodes, initializers }, modified } : { graph, modified };
}

function isSpatialMean(node: Node, { initializers, values }: Graph): boolean {
	if (node.op !== 'ReduceMean' || node.domain !== '' || values.get(node.inputs[0])?.shape?.length !== 4) return false;
	const axes = initializers.get(node.inputs[1] ?? '');
	const places = Array.from((axes?.data ?? []) as ArrayLike<bigint>, (axis) => (Number(axis) + 4) % 4);
	return places.sort().join() === '2,3';
}
