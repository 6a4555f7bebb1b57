/** Runs two graphs on the same random inputs, to show that a rewrite changes nothing. */
import type { Random } from '../../src/base/random.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { type Graph, sizeOf } from '../../src/graph/graph.ts';
import { openModel, Tensor } from '../../src/inference/model.ts';

/** The largest absolute difference between equally named float outputs. */
export async function largestDifference(one: Graph, other: Graph, random: Random): Promise<number> {
	const feeds = Object.fromEntries(
		one.inputs.map(({ name, type, shape }) => [name, randomTensor(type, shape, random)]),
	);
	const [a, b] = await Promise.all([one, other].map((graph) => runGraph(graph, feeds)));
	let largest = 0;
	for (const { name } of one.outputs) {
		const [x, y] = [a[name], b[name]].map((tensor) => tensor.data as Float32Array);
		if (x.length !== y.length) throw new Error(`${name}: ${x.length} values against ${y.length}`);
		for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i] - y[i]));
	}
	return largest;
}

/** One run of a graph, its rewrites by ONNX Runtime turned off unless asked for. */
export async function runGraph(graph: Graph, feeds: Record<string, Tensor>, optimize = false) {
	const model = await openModel(encodeModel(graph), { threads: 1, optimization: optimize ? 'all' : 'disabled' });
	try {
		return await model.run(feeds);
	} finally {
		await model.close();
	}
}

function randomTensor(type: string, shape: Graph['inputs'][number]['shape'], random: Random): Tensor {
	const dims = shape as number[];
	const length = sizeOf(dims);
	return type === 'uint8'
		? new Tensor(
				'uint8',
				Uint8Array.from({ length }, () => random.integer(256)),
				dims,
			)
		: new Tensor(
				'float32',
				Float32Array.from({ length }, () => random.normal()),
				dims,
			);
}
