/** Gives blocked convolutions the addition and the ReLU or clip behind them, which their kernels do while the result is still in registers. */
import type { Graph, Node } from '../../graph.ts';
import { linksOf } from '../../links.ts';
import { BLOCKED_DOMAIN } from '../../ops/blocked.ts';

/** A graph of fewer passes over memory. */
export function fuseIntoConvolutions(graph: Graph): Graph {
	const links = linksOf(graph);
	const at = new Map(graph.nodes.flatMap((node, i) => node.outputs.map((name) => [name, i] as const)));
	const nodes: (Node | undefined)[] = [...graph.nodes];
	/** The convolution that made a value which nothing else reads. */
	const maker = (name: string) => {
		const made = links.onlyConsumer(name) ? nodes[at.get(name) ?? -1] : undefined;
		return made && isOpen(made) ? made : undefined;
	};
	for (const [i, node] of graph.nodes.entries()) {
		const found = withActivation(graph, node, maker) ?? withAddend(graph, node, maker);
		if (!found) continue;
		nodes[at.get(found.convolution.outputs[0])!] = undefined;
		nodes[i] = { ...found.convolution, ...found.changes, outputs: node.outputs };
	}
	return { ...graph, nodes: nodes.filter((node) => node !== undefined) };
}

type Maker = (name: string) => Node | undefined;

interface Fused {
	readonly convolution: Node;
	readonly changes: Partial<Node>;
}

function withActivation(graph: Graph, node: Node, maker: Maker): Fused | undefined {
	const activation = activationOf(graph, node);
	const convolution = activation && maker(node.inputs[0]);
	return convolution && { convolution, changes: { attributes: { ...convolution.attributes, ...activation } } };
}

/** ReLU, and a clip between two constants, as the kernels know them. */
function activationOf(graph: Graph, node: Node): Node['attributes'] | undefined {
	if (node.op === 'Relu') return { activation: { kind: 'string', value: 'Relu' } };
	if (node.op !== 'Clip') return undefined;
	const limits = node.inputs.slice(1).map((name) => graph.initializers.get(name)?.data[0]);
	if (limits.length !== 2 || limits.some((limit) => typeof limit !== 'number')) return undefined;
	return {
		activation: { kind: 'string', value: 'Clip' },
		activation_params: { kind: 'floats', value: limits as readonly number[] },
	};
}

/** The kernel adds what its fourth input holds. */
function withAddend(graph: Graph, node: Node, maker: Maker): Fused | undefined {
	if ((node.op !== 'Add' && node.op !== 'Sum') || node.inputs.length !== 2) return undefined;
	const shape = (name: string) => graph.values.get(name)?.shape?.join();
	for (const [side, other] of [node.inputs, [...node.inputs].reverse()]) {
		const convolution = maker(side);
		if (!convolution || convolution.inputs[3] || shape(side) !== shape(other)) continue;
		return {
			convolution,
			changes: { inputs: [...convolution.inputs.slice(0, 2), convolution.inputs[2] ?? '', other] },
		};
	}
	return undefined;
}

function isOpen(node: Node): boolean {
	return node.domain === BLOCKED_DOMAIN && node.op === 'Conv' && !node.attributes.activation;
}
