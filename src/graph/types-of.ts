/** The element type of every value of a graph: as the file states it, or by its operator's rule. */
import { GraphBuilder } from './builder.ts';
import type { ElementType, Graph } from './graph.ts';
import { findOperator } from './ops/index.ts';

/** @returns undefined for what comes out of an operator without a rule, unless the file states it */
export function typesOf(graph: Graph): (name: string) => ElementType | undefined {
	const g = GraphBuilder.from(graph, {}, graph.values);
	const unknown = new Set(graph.nodes.filter((node) => !findOperator(node)).flatMap(({ outputs }) => outputs));
	return (name) => graph.values.get(name)?.type ?? (!unknown.has(name) && g.has(name) ? g.value(name).type : undefined);
}
