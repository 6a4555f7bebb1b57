/** Removes nodes and constants that no output depends on. */
import type { Graph, Node } from '../graph.ts';
import { namesReadBy } from '../links.ts';

/** A graph that computes the same outputs and nothing else. */
export function dropDeadNodes(graph: Graph): { graph: Graph; modified: boolean } {
	const wanted = new Set(graph.outputs.map((output) => output.name));
	const kept: Node[] = [];
	for (const node of [...graph.nodes].reverse()) {
		if (!node.outputs.some((name) => wanted.has(name))) continue;
		kept.push(node);
		for (const name of namesReadBy(node)) wanted.add(name);
	}
	const initializers = new Map([...graph.initializers].filter(([name]) => wanted.has(name)));
	const modified = kept.length < graph.nodes.length || initializers.size < graph.initializers.size;
	if (!modified) return { graph, modified };
	const values = new Map([...graph.values].filter(([name]) => wanted.has(name)));
	return { graph: { ...graph, nodes: kept.reverse(), initializers, values }, modified };
}
