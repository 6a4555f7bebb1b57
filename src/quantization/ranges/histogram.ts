/** Counts values into bins over a range that grows with the data: memory stays fixed, and one pass is enough. */
import type { Range } from '../parameters.ts';

const BINS = 2048;

export class Histogram {
	/** Exact extremes of what was added. */
	min = Number.POSITIVE_INFINITY;
	max = Number.NEGATIVE_INFINITY;
	count = 0;
	readonly #bins = new Float64Array(BINS);
	#low = 0;
	#width = 0;

	/** Counts finite values; @throws TypeError on NaN and infinity, which no quantization can hold */
	add(values: Float32Array): void {
		if (values.length === 0) return;
		let min = this.min;
		let max = this.max;
		for (const v of values) {
			if (v < min) min = v;
			if (v > max) max = v;
			if (v - v !== 0) throw new TypeError(`histogram of a value that is not finite: ${v}`);
		}
		this.min = min;
		this.max = max;
		this.count += values.length;
		this.#cover(min, max);
		for (const v of values) this.#bins[this.#binOf(v)]++;
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

	/**
	 * The range that uint8 codes serve with the least squared error: a narrower one clips, a wider one rounds more
	 * coarsely. Zeros cost nothing, because zero is a code.
	 */
	leastError(): Range {
		const ends = Array.from({ length: 40 }, (_, i) => 1 - i / 50);
		const candidates = ends.flatMap((high) =>
			(this.min < 0 ? ends : [1]).map((low) => ({
				min: Math.min(0, this.min) * low,
				max: Math.max(0, this.max) * high,
			})),
		);
		const errors = candidates.map((range) => this.#squaredError(range));
		return candidates[errors.indexOf(Math.min(...errors))];
	}

	/** The share of values outside a range, to the width of a bin. */
	shareOutside({ min, max }: Range): number {
		if (this.count === 0) return 0;
		let outside = 0;
		for (let i = 0; i < BINS; i++) {
			const middle = this.#low + (i + 0.5) * this.#width;
			if (middle < min - this.#width / 2 || middle > max + this.#width / 2) outside += this.#bins[i];
		}
		return outside / this.count;
	}

	#squaredError({ min, max }: Range): number {
		const rounding = ((max - min) / 255) ** 2 / 12;
		const zero = this.#binOf(0);
		let error = 0;
		for (let i = 0; i < BINS; i++) {
			if (this.#bins[i] === 0) continue;
			const middle = this.#low + (i + 0.5) * this.#width;
			const beyond = Math.max(middle - max, min - middle, 0);
			error += this.#bins[i] * (beyond > 0 ? beyond ** 2 : i === zero ? 0 : rounding);
		}
		return error;
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
		let sum = 0;
		for (let i = 0; i < BINS; i++) {
			sum += this.#bins[direction === 1 ? i : BINS - 1 - i];
			if (sum > cut) return i;
		}
		return BINS;
	}
}
