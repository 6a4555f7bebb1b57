/** Removes dropout, which does nothing once training is over. */
import type { Graph } from '../graph.ts';
import { dropDeadNodes } from './drop-dead-nodes.ts';

/** Readers of a dropped value read what it was made from; a graph output that dropout makes keeps its node. */
export function removeDropout(graph: Graph): { graph: Graph; modified: boolean } {
	const outputs = new Set(graph.outputs.map((output) => output.name));
	const sources = new Map<string, string>();
	const source = (name: string) => sources.get(name) ?? name;
	const nodes = graph.nodes.flatMap((node) => {
		const read = { ...node, inputs: node.inputs.map(source) };
		const alone = node.outputs.slice(1).every((name) => name === '');
		if (node.op !== 'Dropout' || !alone || outputs.has(node.outputs[0])) return read;
		sources.set(node.outputs[0], read.inputs[0]);
		return [];
	});
	if (sources.size === 0) return { graph, modified: false };
	return { graph: dropDeadNodes({ ...graph, nodes }).graph, modified: true };
}
