/** Removes nodes and constants that no output depends on. */
import type { Graph, Node } from '../graph.ts';

/** A graph that computes the same outputs and nothing else. */
export function dropDeadNodes(graph: Graph): { graph: Graph; modified: boolean } {
	const wanted = new Set(graph.outputs.map((output) => output.name));
	const kept: Node[] = [];
	for (const node of [...graph.nodes].reverse()) {
		if (!node.outputs.some((name) => wanted.has(name))) continue;
		kept.push(node);
		for (const input of node.inputs) wanted.add(input);
	}
	const initializers = new Map([...graph.initializers].filter(([name]) => wanted.has(name)));
	const modified = kept.length < graph.nodes.length || initializers.size < graph.initializers.size;
	return { graph: modified ? { ...graph, nodes: kept.reverse(), initializers } : graph, modified };
}
