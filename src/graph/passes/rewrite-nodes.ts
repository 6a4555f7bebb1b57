/** Replaces single nodes of a graph by others that give the same values. */
import { GraphBuilder } from '../builder.ts';
import type { Graph, Node } from '../graph.ts';

/**
 * @param scope prefix of the names of what is new
 * @param isRewritable asked of every node, with the types and shapes of all values at hand
 * @param rewrite adds what stands for `node`; what of its outputs is still read has to be defined by then
 */
export function rewriteNodes(
	graph: Graph,
	scope: string,
	isRewritable: (node: Node, known: GraphBuilder) => boolean,
	rewrite: (g: GraphBuilder, node: Node, known: GraphBuilder) => void,
): { graph: Graph; modified: boolean } {
	const known = GraphBuilder.from(graph, {}, graph.values);
	const chosen = new Set(graph.nodes.filter((node) => isRewritable(node, known)));
	if (chosen.size === 0) return { graph, modified: false };
	const g = GraphBuilder.from({ ...graph, nodes: [] });
	for (const node of graph.nodes)
		if (chosen.has(node)) g.within(scope, () => rewrite(g, node, known));
		else g.append(node, graph.values);
	for (const { name } of graph.outputs) g.output(name);
	return { graph: { ...g.build(graph.metadata), opsets: graph.opsets }, modified: true };
}

/** Whether all dimensions of a value are numbers, and there are `rank` of them. */
export function isFixed(g: GraphBuilder, name: string, rank: number): boolean {
	const { shape } = g.value(name);
	return shape?.length === rank && shape.every((d) => typeof d === 'number');
}
