/** How far quantized models are from the float model on samples that none was calibrated on, and how fast they are. */
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import { type Model, openModel } from '../../inference/model.ts';
import { timeInTurns } from '../../quantization/measure-speed.ts';
import { feedsOf, type Sample } from '../../quantization/sample.ts';

export interface Closeness {
	/**
	 * √(Σ(x−x̂)² / Σ(x−m)²) of each float output, m the mean of each of its values over the samples: what gets lost of what
	 * tells samples apart.
	 */
	readonly errors: ReadonlyMap<string, number>;
	/** Share of samples with the largest value of the first output at the same place; undefined unless it is [n, classes]. */
	readonly sameClass: number | undefined;
}

/** @param models quantized models with the outputs of `float` */
export async function compareOutputs(
	float: Graph,
	models: readonly Uint8Array[],
	samples: readonly Sample[],
): Promise<readonly Closeness[]> {
	const opened: Model[] = [];
	try {
		for (const bytes of [encodeModel(float), ...models]) opened.push(await openModel(bytes, { threads: 1 }));
		const totals = models.map(() => new Totals());
		for (const sample of samples) {
			const feeds = feedsOf(float, sample);
			const results = [];
			for (const model of opened) results.push(await model.run(feeds));
			const [expected, ...others] = results;
			for (const [i, found] of others.entries()) totals[i].add(float, expected, found);
		}
		return totals.map((total) => total.closeness());
	} finally {
		for (const model of opened) await model.close();
	}
}

/** Median milliseconds of each model on one sample, turn and turn about. */
export async function speedsOf(
	float: Graph,
	models: readonly Uint8Array[],
	sample: Sample,
	{ threads, runs }: { threads: number; runs: number },
): Promise<readonly number[]> {
	const opened: Model[] = [];
	try {
		for (const bytes of models) opened.push(await openModel(bytes, { threads }));
		return await timeInTurns(opened, feedsOf(float, sample), runs);
	} finally {
		for (const model of opened) await model.close();
	}
}

type Results = Awaited<ReturnType<Model['run']>>;

/** What one model's outputs amount to. */
class Totals {
	readonly #outputs = new Map<string, OutputTotals>();
	#same = 0;
	#judged = 0;

	#add(name: string, x: Float32Array, q: Float32Array): void {
		const totals = this.#outputs.get(name) ?? new OutputTotals(x.length);
		this.#outputs.set(name, totals);
		totals.add(x, q);
	}

	add({ outputs }: Graph, expected: Results, found: Results): void {
		for (const { name } of outputs) {
			const [x, q] = [expected[name].data, found[name].data as Float32Array];
			if (x instanceof Float32Array) this.#add(name, x, q);
			if (x instanceof Float32Array && name === outputs[0].name) this.#judge(x, q, expected[name].dims);
		}
	}

	/** @param dims of an output, [n, classes] for a classifier */
	#judge(x: Float32Array, q: Float32Array, [rows, classes, ...others]: readonly number[]): void {
		if (others.length > 0 || !(classes > 1)) return;
		const largest = (values: Float32Array, row: number) => {
			const part = values.subarray(row * classes, (row + 1) * classes);
			return part.indexOf(part.reduce((a, b) => Math.max(a, b)));
		};
		for (let row = 0; row < rows; row++) {
			this.#judged++;
			if (largest(x, row) === largest(q, row)) this.#same++;
		}
	}

	closeness(): Closeness {
		return {
			errors: new Map(Array.from(this.#outputs, ([name, totals]) => [name, totals.error()])),
			sameClass: this.#judged > 0 ? this.#same / this.#judged : undefined,
		};
	}
}

class OutputTotals {
	readonly #sums: Float64Array;
	#squares = 0;
	#noise = 0;
	#samples = 0;

	constructor(size: number) {
		this.#sums = new Float64Array(size);
	}

	add(x: Float32Array, q: Float32Array): void {
		this.#samples++;
		for (let i = 0; i < x.length; i++) {
			this.#sums[i] += x[i];
			this.#squares += x[i] * x[i];
			this.#noise += (x[i] - q[i]) ** 2;
		}
	}

	error(): number {
		const means = this.#sums.reduce((sum, value) => sum + value * value, 0) / this.#samples;
		// Of one sample there is no telling apart: all of it counts.
		return Math.sqrt(this.#noise / (this.#samples > 1 ? this.#squares - means : this.#squares));
	}
}
