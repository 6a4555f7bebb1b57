/** Counts values into bins over a range that grows with the data: memory stays fixed, and one pass is enough. */
import type { Range } from '../parameters.ts';

/** So many that at least a quarter of them, 2048, lie between the extremes, whichever way the range grew. */
const BINS = 8192;

/** The bins between the extremes. */
export interface Bins {
	/** Lower end of the first bin. */
	readonly low: number;
	readonly width: number;
	/** Values in each bin; exact zeros are left out, because zero is always a code and costs nothing. */
	readonly counts: Float64Array;
}

export class Histogram {
	/** Exact extremes of what was added. */
	min = Number.POSITIVE_INFINITY;
	max = Number.NEGATIVE_INFINITY;
	count = 0;
	readonly #bins = new Float64Array(BINS);
	/** Exact zeros, which are in no bin. */
	#zeros = 0;
	#low = 0;
	#width = 0;

	/**
	 * Counts finite values.
	 *
	 * @param extremes of these values, when they are known
	 * @throws TypeError on NaN and infinity, which no quantization can hold
	 */
	add(values: Float32Array, extremes: Range = extremesOf(values)): void {
		if (values.length === 0) return;
		if (!Number.isFinite(extremes.max - extremes.min)) throw new TypeError('histogram of a value that is not finite');
		this.min = Math.min(this.min, extremes.min);
		this.max = Math.max(this.max, extremes.max);
		this.count += values.length;
		this.#cover(this.min, this.max);
		const [bins, low, width, last] = [this.#bins, this.#low, this.#width, BINS - 1];
		let zeros = 0;
		for (const v of values) {
			if (v === 0) {
				zeros++;
				continue;
			}
			const bin = ((v - low) / width) | 0;
			bins[Math.min(Math.max(bin, 0), last)]++;
		}
		this.#zeros += zeros;
	}

	/**
	 * The range without the outermost values: half of what `percentile` leaves over is cut at each end.
	 *
	 * @param percentile share of the values to keep, in percent, such as 99.99
	 */
	percentile(percentile: number): Range {
		const cut = (this.count * (100 - percentile)) / 200;
		return {
			min: Math.max(this.min, this.#low + this.#width * this.#binsUpTo(cut, 1)),
			max: Math.min(this.max, this.#low + this.#width * (BINS - this.#binsUpTo(cut, -1))),
		};
	}

	/** The share of values outside a range, to the width of a bin. */
	shareOutside({ min, max }: Range): number {
		if (this.count === 0) return 0;
		let outside = min > 0 || max < 0 ? this.#zeros : 0;
		for (let i = 0; i < BINS; i++) {
			const middle = this.#low + (i + 0.5) * this.#width;
			if (middle < min - this.#width / 2 || middle > max + this.#width / 2) outside += this.#bins[i];
		}
		return outside / this.count;
	}

	/** Where the values lie; a copy. */
	bins(): Bins {
		if (this.count === 0) return { low: 0, width: 0, counts: new Float64Array(0) };
		const [first, last] = [this.#binOf(this.min), this.#binOf(this.max)];
		return {
			low: this.#low + first * this.#width,
			width: this.#width,
			counts: this.#bins.slice(first, last + 1),
		};
	}

	#binOf(v: number): number {
		return Math.min(BINS - 1, Math.max(0, Math.floor((v - this.#low) / this.#width)));
	}

	/** Doubles the width of all bins, away from the side where room is missing, until the extremes fit. */
	#cover(min: number, max: number): void {
		if (this.#width === 0) {
			this.#low = min;
			this.#width = Math.max((max - min) / BINS, 1e-30);
		}
		while (max > this.#low + this.#width * BINS) this.#merge(0);
		while (min < this.#low) {
			this.#low -= this.#width * BINS;
			this.#merge(BINS / 2);
		}
	}

	/** Puts pairs of bins together into the half that starts at `to`. */
	#merge(to: number): void {
		const halves = Float64Array.from({ length: BINS / 2 }, (_, i) => this.#bins[2 * i] + this.#bins[2 * i + 1]);
		this.#bins.fill(0).set(halves, to);
		this.#width *= 2;
	}

	/** How many bins from one end hold no more than `cut` values together. */
	#binsUpTo(cut: number, direction: 1 | -1): number {
		const zero = this.#zeros > 0 ? this.#binOf(0) : -1;
		let sum = 0;
		for (let i = 0; i < BINS; i++) {
			const bin = direction === 1 ? i : BINS - 1 - i;
			sum += this.#bins[bin] + (bin === zero ? this.#zeros : 0);
			if (sum > cut) return i;
		}
		return BINS;
	}
}

/** NaN among the values makes both ends NaN. */
export function extremesOf(values: Float32Array): Range {
	let min = Number.POSITIVE_INFINITY;
	let max = Number.NEGATIVE_INFINITY;
	let sum = 0;
	for (const v of values) {
		if (v < min) min = v;
		if (v > max) max = v;
		sum += v;
	}
	return Number.isNaN(sum) ? { min: Number.NaN, max: Number.NaN } : { min, max };
}
