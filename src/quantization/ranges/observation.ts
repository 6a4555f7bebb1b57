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

	/** Adds the values of `images` images, [images, channels, …]. @throws TypeError when one is not finite */
	add(values: Float32Array, images = 1): void {
		this.histogram.add(values);
		this.#images += images;
		const sums = this.#channelSums;
		const area = values.length / images / sums.length;
		for (let row = 0; row < images * sums.length; row++) {
			let sum = 0;
			for (let i = row * area; i < (row + 1) * area; i++) sum += values[i];
			sums[row % sums.length] += sum / area;
		}
	}

	/** Mean of each channel over all images. */
	get channelMeans(): Float64Array {
		return this.#channelSums.map((sum) => sum / this.#images);
	}
}
