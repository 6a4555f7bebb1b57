/**
 * Our models as the peer can read them. Its inference of sizes does not know reductions whose axes are an input, as
 * operator set 18 brought them, and gives up at what follows.
 */
import { toAttributes } from '../../graph/attributes.ts';
import type { Graph } from '../../graph/graph.ts';

const REDUCTIONS = new Set(['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceL2', 'ReduceSumSquare']);

/** The same graph in operator set 17, where axes of reductions are attributes. */
export function forPeer(graph: Graph): Graph {
	const nodes = graph.nodes.map((node) => {
		const axes = REDUCTIONS.has(node.op) ? graph.initializers.get(node.inputs[1] ?? '') : undefined;
		if (!axes) return node;
		const attributes = { ...node.attributes, ...toAttributes({ axes: Array.from(axes.data, Number) }) };
		return { ...node, inputs: node.inputs.slice(0, 1), attributes };
	});
	return { ...graph, nodes, opsets: { ...graph.opsets, '': 17 } };
}
