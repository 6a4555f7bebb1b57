/**
 * Dropout while training: the step multiplies by masks that it is fed. They depend on the network's seed and the number
 * of the step alone, so a resumed run drops what an uninterrupted one would have dropped.
 */
import { Random } from '../base/random.ts';
import { intOf } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { type Graph, type Node, sizeOf, type Tensor } from '../graph/graph.ts';

/** Puts the product with a new input `dropout/<output>` of the same shape in place of a `Dropout` node. */
export function addDropout(g: GraphBuilder, node: Node): void {
	const [x] = node.inputs;
	const mask = g.input(`dropout/${node.outputs[0]}`, 'float32', g.shape(x));
	g.op('Mul', [x, mask], {}, { names: [node.outputs[0]] });
}

/** The masks of one step by input name: 0 for a dropped value, 1/(1 − rate) for a kept one, so that the mean stays. */
export function dropoutMasks(network: Graph, batch: number, step: number): Map<string, Tensor> {
	const masks = new Map<string, Tensor>();
	for (const node of network.nodes.filter((node) => node.op === 'Dropout')) {
		const [output] = node.outputs;
		// Streams below zero are used by nothing else.
		const random = new Random(intOf(node, 'seed', 0) + masks.size, -step);
		const [, ...dims] = network.values.get(output)!.shape as readonly number[];
		const data = new Float32Array(batch * sizeOf(dims));
		const rate = rateOf(node, network);
		const kept = 1 / (1 - rate);
		for (let i = 0; i < data.length; i++) data[i] = random.uniform() < rate ? 0 : kept;
		masks.set(`dropout/${output}`, { type: 'float32', dims: [batch, ...dims], data });
	}
	return masks;
}

/** ONNX's default is one half. */
function rateOf(node: Node, { initializers }: Graph): number {
	const rate = node.inputs[1] ? initializers.get(node.inputs[1]) : undefined;
	return rate ? Number(rate.data[0]) : 0.5;
}
