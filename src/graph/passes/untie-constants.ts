/**
 * Gives every layer constants of its own. Exporters write equal tensors once, such as the zero biases of a fresh network:
 * trained, they would stay equal.
 */
import type { Graph, Node, Tensor } from '../graph.ts';
import { learntConstants } from '../ops/index.ts';

/** Layers whose second input is a weight; two of them with the same weight are one layer used twice, and stay tied. */
const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Copies what several layers learn, or keep as statistics, and do not share on purpose. */
export function untieConstants(graph: Graph): { graph: Graph; modified: boolean } {
	const initializers = new Map(graph.initializers);
	const owners = new Map<string, string>();
	const nodes = graph.nodes.map((node) => {
		const owned = new Set(ownConstants(node, graph.initializers));
		const owner = WEIGHTED.has(node.op) ? `weight ${node.inputs[1]}` : `output ${node.outputs[0]}`;
		return { ...node, inputs: node.inputs.map((name, i) => (owned.has(name) ? ownName(name, `${owner} ${i}`) : name)) };
	});
	return { graph: { ...graph, nodes, initializers }, modified: initializers.size > graph.initializers.size };

	function ownName(name: string, owner: string): string {
		for (let copy = 1; ; copy++) {
			const candidate = copy === 1 ? name : `${name}:${copy}`;
			const known = owners.get(candidate);
			if (known === owner) return candidate;
			if (known !== undefined || (copy > 1 && graph.initializers.has(candidate))) continue;
			owners.set(candidate, owner);
			if (copy > 1) initializers.set(candidate, graph.initializers.get(name)!);
			return candidate;
		}
	}
}

function ownConstants(node: Node, initializers: ReadonlyMap<string, Tensor>): readonly string[] {
	const learnt = learntConstants(node, initializers);
	if (node.op === 'BatchNormalization')
		return [...learnt, ...node.inputs.slice(3)].filter((name) => initializers.has(name));
	return WEIGHTED.has(node.op) ? learnt.filter((name) => name !== node.inputs[1]) : learnt;
}
