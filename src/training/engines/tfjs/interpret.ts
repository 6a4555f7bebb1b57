/** Runs a graph through TF.js, node by node, so that TF.js can differentiate what it computed. */
import type { Tensor as TfTensor } from '@tensorflow/tfjs';
import { AndonError } from '../../../base/errors.ts';
import type { Graph, Node } from '../../../graph/graph.ts';
import { Arranged } from './arranged.ts';
import type { Call, Tf } from './kernel.ts';
import { KERNELS } from './ops/index.ts';

/**
 * @param tensors values of the graph's inputs and constants, in ONNX's order
 * @param kernels how each operator is computed
 * @returns the graph's outputs by name, in ONNX's order
 */
export function interpret(
	tf: Tf,
	graph: Graph,
	tensors: ReadonlyMap<string, TfTensor>,
	kernels = KERNELS,
): Map<string, TfTensor> {
	const values = new Map([...tensors].map(([name, tensor]) => [name, Arranged.plain(tensor)]));
	for (const node of graph.nodes) {
		const results = [kernels[node.op](callOf(tf, graph, node, values))].flat();
		for (const [i, name] of node.outputs.entries()) if (name !== '') values.set(name, results[i]);
	}
	return new Map(graph.outputs.map(({ name }) => [name, values.get(name)!.plain]));
}

/** @throws MODEL_UNSUPPORTED naming every operator that has no form in TF.js */
export function expectKernels({ nodes }: Graph): void {
	const missing = new Set(nodes.filter(({ op }) => !Object.hasOwn(KERNELS, op)).map(({ op }) => op));
	if (missing.size === 0) return;
	throw new AndonError('MODEL_UNSUPPORTED', {
		expected: 'operators that the tfjs engine knows',
		found: [...missing].sort().join(', '),
		fix: 'Train with --engine ort, or add a kernel in src/training/engines/tfjs/ops.',
	});
}

function callOf(tf: Tf, graph: Graph, node: Node, values: ReadonlyMap<string, Arranged>): Call {
	return {
		tf,
		node,
		inputs: node.inputs.map((name) => values.get(name)),
		constant: (name) => graph.initializers.get(name),
		shape: (output = 0) => [...(graph.values.get(node.outputs[output])!.shape as readonly number[])],
	};
}
