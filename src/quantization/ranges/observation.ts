/** What calibration saw of one value: all that ranges are chosen from, in memory that does not grow with the images. */
import { Histogram } from './histogram.ts';

export class Observation {
	readonly histogram = new Histogram();
	readonly #channelSums: Float64Array;
	#images = 0;

	/** @param channels size of axis 1 */
	constructor(channels: number) {
		this.#channelSums = new Float64Array(channels);
	}

	/** Adds one image's values, [1, channels, …]. @throws TypeError when one is not finite */
	add(values: Float32Array): void {
		this.histogram.add(values);
		this.#images++;
		const sums = this.#channelSums;
		const area = values.length / sums.length;
		for (let c = 0; c < sums.length; c++) {
			let sum = 0;
			for (let i = c * area; i < (c + 1) * area; i++) sum += values[i];
			sums[c] += sum / area;
		}
	}

	/** Mean of each channel over all images. */
	get channelMeans(): Float64Array {
		return this.#channelSums.map((sum) => sum / this.#images);
	}
}
