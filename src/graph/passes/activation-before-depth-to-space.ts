/**
 * Moves a ReLU or Clip in front of the DepthToSpace that it stands behind: exact, since one only moves values and the other
 * looks at each by itself, and the convolution before can then absorb it when it runs on integers.
 */
import type { Graph, Node } from '../graph.ts';
import { linksOf } from '../links.ts';

export function activationBeforeDepthToSpace(graph: Graph): { graph: Graph; modified: boolean } {
	const links = linksOf(graph);
	const pairs = new Map<Node, Node>();
	for (const node of graph.nodes) {
		const next = node.op === 'DepthToSpace' ? links.onlyConsumer(node.outputs[0]) : undefined;
		if (next && isActivation(next, graph)) pairs.set(node, next);
	}
	if (pairs.size === 0) return { graph, modified: false };
	const moved = new Set(pairs.values());
	const nodes = graph.nodes.flatMap((node) => {
		const activation = pairs.get(node);
		return activation ? swapped(node, activation) : moved.has(node) ? [] : [node];
	});
	// The value between them is another one now, of another shape.
	const values = new Map(graph.values);
	for (const { outputs } of pairs.keys()) values.delete(outputs[0]);
	return { graph: { ...graph, nodes, values }, modified: true };
}

/** The value between the two keeps its name, since nothing else reads it. */
function swapped(move: Node, activation: Node): Node[] {
	const [between] = move.outputs;
	return [
		{ ...activation, inputs: [move.inputs[0], ...activation.inputs.slice(1)], outputs: [between] },
		{ ...move, inputs: [between], outputs: activation.outputs },
	];
}

function isActivation({ op, domain, inputs }: Node, { initializers }: Graph): boolean {
	if (domain !== '') return false;
	return op === 'Relu' || (op === 'Clip' && inputs.slice(1).every((name) => name === '' || initializers.has(name)));
}
