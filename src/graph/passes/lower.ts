/** Replaces the operators of our own domain by standard ones, so that any ONNX Runtime runs the graph. */
import { GraphBuilder } from '../builder.ts';
import type { Graph, Node } from '../graph.ts';
import { findOperator } from '../ops/index.ts';

/**
 * A graph of standard operators that computes the same.
 *
 * @param chosen which of our operators to replace (default: all, until none is left)
 */
export function lower(graph: Graph, chosen: (node: Node) => boolean = () => true): { graph: Graph; modified: boolean } {
	const isChosen = (node: Node) => node.domain === 'andon' && chosen(node);
	let current = graph;
	// The rules of some of our operators are written in others of them.
	while (current.nodes.some(isChosen)) current = lowerOnce(current, isChosen);
	return { graph: current, modified: current !== graph };
}

function lowerOnce(graph: Graph, isChosen: (node: Node) => boolean): Graph {
	const g = new GraphBuilder(graph.name);
	for (const input of graph.inputs) g.input(input.name, input.type, input.shape ?? []);
	for (const [name, tensor] of graph.initializers) g.constant(tensor, name);
	const renamed = new Map<string, string>();
	for (const node of graph.nodes) {
		const current = { ...node, inputs: node.inputs.map((name) => renamed.get(name) ?? name) };
		if (!isChosen(node)) g.append(current);
		else {
			const outputs = g.within('lowered', () => findOperator(node)!.lower!(g, current));
			for (const [i, name] of node.outputs.entries()) renamed.set(name, outputs[i]);
		}
	}
	for (const { name } of graph.outputs) g.output(renamed.get(name) ?? name, name);
	return g.build(graph.metadata);
}
