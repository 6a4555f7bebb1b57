/** Computes outputs under their own names where they would be copied to them. */
import type { Graph } from '../graph.ts';

/** A graph (without subgraphs) without the `Identity` nodes that only give a computed value the name of an output. */
export function nameOutputs(graph: Graph): { graph: Graph; modified: boolean } {
	const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
	const outputs = new Set(graph.outputs.map(({ name }) => name));
	const renamed = new Map<string, string>();
	for (const { op, domain, inputs, outputs: names } of graph.nodes) {
		const isCopy = op === 'Identity' && domain === '' && outputs.has(names[0]);
		if (isCopy && computed.has(inputs[0]) && !outputs.has(inputs[0]) && !renamed.has(inputs[0]))
			renamed.set(inputs[0], names[0]);
	}
	if (renamed.size === 0) return { graph, modified: false };
	const rename = (name: string) => renamed.get(name) ?? name;
	const nodes = graph.nodes.flatMap((node) =>
		node.op === 'Identity' && renamed.get(node.inputs[0]) === node.outputs[0]
			? []
			: [{ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }],
	);
	const values = new Map([...graph.values].filter(([name]) => !renamed.has(name)));
	return { graph: { ...graph, nodes, values }, modified: true };
}
