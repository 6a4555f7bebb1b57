/**
 * Makes numbers of a uint8 input before anything moves them. TensorRT takes uint8 as an input of the whole network only,
 * and asks for its conversion first (its documentation of `DataType.UINT8`).
 */
import type { Graph, Node } from '../graph.ts';
import { linksOf } from '../links.ts';

const LAYOUT = new Set(['Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity']);

/** image → layout steps → Cast becomes image → Cast → layout steps. */
export function castBytesFirst(graph: Graph): { graph: Graph; modified: boolean } {
	const links = linksOf(graph);
	const replaced = new Map<Node, readonly Node[]>();
	for (const { name, type } of graph.inputs) {
		if (type !== 'uint8') continue;
		const steps: Node[] = [];
		let next = links.onlyConsumer(name);
		for (; next && next.domain === '' && LAYOUT.has(next.op); next = links.onlyConsumer(next.outputs[0]))
			steps.push(next);
		if (next?.op !== 'Cast' || next.domain !== '' || steps.length === 0) continue;
		for (const [node, instead] of castFirst(name, steps, next)) replaced.set(node, instead);
	}
	if (replaced.size === 0) return { graph, modified: false };
	const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
	const moved = new Set(Array.from(replaced.keys(), ({ outputs }) => outputs[0]));
	const values = new Map([...graph.values].filter(([name]) => !moved.has(name)));
	return { graph: { ...graph, nodes, values }, modified: true };
}

function castFirst(input: string, steps: readonly Node[], cast: Node): Map<Node, readonly Node[]> {
	const numbers = `${input}/numbers`;
	const renamed = steps.map((step, i) => {
		const inputs = [i === 0 ? numbers : step.inputs[0], ...step.inputs.slice(1)];
		return { ...step, inputs, outputs: [i === steps.length - 1 ? cast.outputs[0] : step.outputs[0]] };
	});
	const first = { ...cast, inputs: [input], outputs: [numbers] };
	const entries = steps.map((step, i) => [step, i === 0 ? [first, renamed[0]] : [renamed[i]]] as const);
	return new Map<Node, readonly Node[]>([...entries, [cast, []]]);
}
