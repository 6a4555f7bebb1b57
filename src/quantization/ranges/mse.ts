/** Value by value, the range that uint8 codes serve with the least squared error. */
import { z } from 'zod';
import { activationParameters, type Range, roundHalfEven } from '../parameters.ts';
import type { Bins, Histogram } from './histogram.ts';
import type { RangeMethodDefinition } from './range-method.ts';

const optionsSchema = z.strictObject({});

export const mse: RangeMethodDefinition<typeof optionsSchema> = {
	optionsSchema,
	create:
		() =>
		({ histogram }) =>
			leastSquaredError(histogram),
};

/** Steps of the coarse search over each end, and of the fine one around its best. */
const STEPS = 64;
/** Best ranges of a grid that are measured, not estimated. */
const MEASURED = 32;

/**
 * A narrower range clips, a wider one rounds more coarsely: all pairs of ends on a grid, then on a finer one around the
 * best, are estimated; the most promising are measured with the codes that they would get.
 */
function leastSquaredError(histogram: Histogram): Range {
	const whole = { min: Math.min(0, histogram.min), max: Math.max(0, histogram.max) };
	const bins = histogram.bins();
	const estimate = estimator(bins);
	const coarse = leastOf(pairs(steps(whole.min, 1, STEPS), steps(whole.max, 1, STEPS)), estimate, MEASURED);
	const around = (end: number, most: number) =>
		steps(most / STEPS, Math.max(1, Math.round((end / (most || 1)) * STEPS ** 2) - STEPS), 2 * STEPS + 1);
	const fine = pairs(around(coarse[0].min, whole.min), around(coarse[0].max, whole.max));
	const promising = [whole, ...coarse, ...leastOf(fine, estimate, MEASURED)];
	return leastOf(promising, (range) => squaredError(bins, range), 1)[0];
}

/** So many multiples of end / `STEPS`, the first one given. */
function steps(end: number, from: number, count: number): number[] {
	return end === 0 ? [0] : Array.from({ length: count }, (_, i) => ((from + i) * end) / STEPS);
}

function pairs(lows: readonly number[], highs: readonly number[]): Range[] {
	return highs.flatMap((max) => lows.map((min) => ({ min, max })));
}

function leastOf(ranges: readonly Range[], cost: (range: Range) => number, count: number): Range[] {
	const costs = ranges.map((range) => ({ range, cost: cost(range) }));
	return costs
		.toSorted((a, b) => a.cost - b.cost)
		.slice(0, count)
		.map(({ range }) => range);
}

/** Of the middles of all bins, at the codes that a range gives. */
function squaredError({ low, width, counts }: Bins, range: Range): number {
	const { scale, zeroPoint } = activationParameters(range);
	let error = 0;
	for (let i = 0; i < counts.length; i++) {
		if (counts[i] === 0) continue;
		const x = low + (i + 0.5) * width;
		const code = Math.min(255, Math.max(0, roundHalfEven(x / scale) + zeroPoint));
		error += counts[i] * ((code - zeroPoint) * scale - x) ** 2;
	}
	return error;
}

/**
 * Clipping costs the squared distance to the range, everything else the noise of rounding to a step s, s²/12 (the
 * variance of a uniform error). Constant time per range: sums over the bins from either end are kept.
 */
function estimator({ low, width, counts }: Bins): (range: Range) => number {
	const middles = counts.map((_, i) => low + (i + 0.5) * width);
	const below = momentsUpTo(counts, middles);
	const above = momentsUpTo(counts.toReversed(), middles.toReversed());
	const total = below.counts[counts.length];
	const clipped = ({ counts, sums, squares }: Moments, bins: number, end: number) =>
		squares[bins] - 2 * end * sums[bins] + end * end * counts[bins];
	const outside = (bins: number) => Math.min(counts.length, Math.max(0, Math.round(bins)));
	return ({ min, max }) => {
		const lowBins = outside((min - low) / width);
		const highBins = outside(counts.length - (max - low) / width);
		const inside = total - below.counts[lowBins] - above.counts[highBins];
		return (
			(inside * ((max - min) / 255) ** 2) / 12 +
			Math.max(0, clipped(below, lowBins, min)) +
			Math.max(0, clipped(above, highBins, max))
		);
	};
}

/** Count, sum and sum of squares of the first n bins, for every n. */
interface Moments {
	readonly counts: Float64Array;
	readonly sums: Float64Array;
	readonly squares: Float64Array;
}

function momentsUpTo(bins: Float64Array, middles: Float64Array): Moments {
	const [counts, sums, squares] = [0, 0, 0].map(() => new Float64Array(bins.length + 1));
	for (let i = 0; i < bins.length; i++) {
		counts[i + 1] = counts[i] + bins[i];
		sums[i + 1] = sums[i] + bins[i] * middles[i];
		squares[i + 1] = squares[i] + bins[i] * middles[i] ** 2;
	}
	return { counts, sums, squares };
}
