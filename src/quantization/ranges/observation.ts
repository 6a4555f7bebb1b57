/** What calibration saw of one value: all that ranges are chosen from, in memory that does not grow with the images. */
import type { Range } from '../parameters.ts';
import { Histogram } from './histogram.ts';

/** Weight of a new image in the moving extremes, once there were more images than its inverse. */
const SMALLEST_WEIGHT = 0.05;

export class Observation {
	readonly histogram = new Histogram();
	readonly channels: number;
	readonly #sums: Float64Array;
	readonly #largest: Float64Array;
	#moving: Range = { min: 0, max: 0 };
	#samples = 0;

	/** @param channels size of axis 1 */
	constructor(channels: number) {
		this.channels = channels;
		this.#sums = new Float64Array(channels);
		this.#largest = new Float64Array(channels);
	}

	/**
	 * Adds the values of one run.
	 *
	 * @param values [batch, channels, …]
	 * @throws TypeError when one is not finite
	 */
	add(values: Float32Array, batch = 1): void {
		const extremes = this.#addChannels(values, batch);
		this.histogram.add(values, extremes);
		this.#samples++;
		const weight = Math.max(1 / this.#samples, SMALLEST_WEIGHT);
		const { min, max } = this.#moving;
		this.#moving = { min: min + weight * (extremes.min - min), max: max + weight * (extremes.max - max) };
	}

	/** Mean of each channel over all samples. */
	get channelMeans(): Float64Array {
		return this.#sums.map((sum) => sum / this.#samples);
	}

	/** Largest magnitude seen in each channel. */
	get channelMagnitudes(): Float64Array {
		return this.#largest;
	}

	/** The extremes of single samples: the mean of the first twenty, then an exponential moving average. */
	get movingExtremes(): Range {
		return this.#moving;
	}

	#addChannels(values: Float32Array, batch: number): Range {
		const area = values.length / batch / this.channels;
		let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
		for (let row = 0; row < batch * this.channels; row++) {
			let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
			for (let i = row * area; i < (row + 1) * area; i++) {
				const v = values[i];
				sum += v;
				if (v < min) min = v;
				if (v > max) max = v;
			}
			if (Number.isNaN(sum)) return { min: Number.NaN, max: Number.NaN };
			const c = row % this.channels;
			this.#sums[c] += sum / area / batch;
			this.#largest[c] = Math.max(this.#largest[c], -min, max);
			lowest = Math.min(lowest, min);
			highest = Math.max(highest, max);
		}
		return { min: lowest, max: highest };
	}
}
