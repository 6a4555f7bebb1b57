/** Gives blocked convolutions the addition and the ReLU behind them, which their kernels do while the result is still in registers. */
import type { Graph, Node } from '../../graph.ts';
import { BLOCKED_DOMAIN } from '../../ops/blocked.ts';

/** A graph of fewer passes over memory. */
export function fuseIntoConvolutions(graph: Graph): Graph {
	const readers = new Map<string, number>();
	for (const name of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ name }) => name)])
		readers.set(name, (readers.get(name) ?? 0) + 1);
	const at = new Map(graph.nodes.flatMap((node, i) => node.outputs.map((name) => [name, i] as const)));
	const nodes: (Node | undefined)[] = [...graph.nodes];
	for (const [i, node] of graph.nodes.entries()) {
		const current = nodes[i]!;
		const shape = (name: string) => graph.values.get(name)?.shape?.join();
		const found = fusable(current, shape, (name) => {
			const index = at.get(name);
			return readers.get(name) === 1 && index !== undefined ? nodes[index] : undefined;
		});
		if (!found) continue;
		const { convolution, fused } = found;
		nodes[at.get(convolution.outputs[0])!] = undefined;
		nodes[i] = { ...fused, outputs: node.outputs };
		at.set(node.outputs[0], i);
	}
	return { ...graph, nodes: nodes.filter((node) => node !== undefined) };
}

/** The convolution that can do the work of `node` as well; `made` gives a value's node when nothing else reads it. */
function fusable(node: Node, shape: (name: string) => string | undefined, made: (name: string) => Node | undefined) {
	if (node.op === 'Relu') {
		const convolution = made(node.inputs[0]);
		if (!convolution || !isOpen(convolution)) return undefined;
		const activation = { kind: 'string', value: 'Relu' } as const;
		return { convolution, fused: { ...convolution, attributes: { ...convolution.attributes, activation } } };
	}
	if ((node.op !== 'Add' && node.op !== 'Sum') || node.inputs.length !== 2) return undefined;
	for (const [side, other] of [node.inputs, [...node.inputs].reverse()]) {
		const convolution = made(side);
		if (!convolution || !isOpen(convolution) || convolution.inputs[3] || shape(side) !== shape(other)) continue;
		const inputs = [...convolution.inputs.slice(0, 2), convolution.inputs[2] ?? '', other];
		return { convolution, fused: { ...convolution, inputs } };
	}
	return undefined;
}

function isOpen(node: Node): boolean {
	return node.domain === BLOCKED_DOMAIN && node.op === 'Conv' && !node.attributes.activation;
}
