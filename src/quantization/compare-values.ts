/** How far the quantized graph's values are from the float graph's, value by value. */
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { openModel } from '../inference/model.ts';
import { withOutputs } from './observe-values.ts';
import { feedsOf, type Sample } from './sample.ts';

export interface Difference {
	/** Signal to quantization noise: 10·log₁₀(Σx² / Σ(x−x̂)²) in dB; null where nothing differs or all is zero. */
	readonly sqnrDb: number | null;
	/** Root of the mean squared difference. */
	readonly rms: number;
}

/** @param pairs a value of `float` → the value of `quantized` that stands for it */
export async function compareValues(
	float: Graph,
	quantized: Graph,
	pairs: ReadonlyMap<string, string>,
	samples: readonly Sample[],
): Promise<ReadonlyMap<string, Difference>> {
	const models = [
		await openModel(encodeModel(withOutputs(float, [...pairs.keys()])), { threads: 1 }),
		await openModel(encodeModel(withOutputs(quantized, [...pairs.values()])), { threads: 1 }),
	];
	const sums = new Map(Array.from(pairs.keys(), (name) => [name, { signal: 0, noise: 0, count: 0 }]));
	try {
		for (const sample of samples) {
			const feeds = feedsOf(float, sample);
			const [x, q] = [await models[0].run(feeds), await models[1].run(feeds)];
			for (const [name, other] of pairs)
				accumulate(sums.get(name)!, x[name].data as Float32Array, q[other].data as Float32Array);
		}
	} finally {
		for (const model of models) await model.close();
	}
	return new Map(
		Array.from(sums, ([name, { signal, noise, count }]) => [
			name,
			{
				sqnrDb: signal > 0 && noise > 0 ? 10 * Math.log10(signal / noise) : null,
				rms: Math.sqrt(noise / Math.max(1, count)),
			},
		]),
	);
}

function accumulate(sums: { signal: number; noise: number; count: number }, x: Float32Array, q: Float32Array): void {
	for (let i = 0; i < x.length; i++) {
		sums.signal += x[i] * x[i];
		sums.noise += (x[i] - q[i]) ** 2;
	}
	sums.count += x.length;
}
