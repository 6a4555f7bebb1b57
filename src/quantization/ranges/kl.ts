/** The range that keeps most of the information in the values, by Kullback–Leibler divergence. */
import { z } from 'zod';
import type { Range } from '../parameters.ts';
import type { Bins, Histogram } from './histogram.ts';
import type { RangeMethodDefinition } from './range-method.ts';

const optionsSchema = z.strictObject({});

export const kl: RangeMethodDefinition<typeof optionsSchema> = {
	optionsSchema,
	create:
		() =>
		({ histogram }) =>
			leastDivergence(histogram),
};

const REFERENCE_BINS = 2048;
const LEVELS = 256;
/** Distance between candidate ends, in bins. */
const STRIDE = 8;
/** Of searching both ends in turn. */
const MOST_ROUNDS = 5;
/** What an empty bin of the quantized distribution counts as, so that its logarithm exists. */
const SMOOTHING = 1e-4;

/**
 * Migacz 2017 (8-bit Inference with TensorRT): a reference of 2048 bins, and of every candidate range the divergence
 * between the reference clipped to it and the same in 256 levels. His ranges have one end, as magnitudes have; where
 * values lie on both sides of zero, the ends are searched in turn until neither moves.
 */
function leastDivergence(histogram: Histogram): Range {
	const [low, high] = [Math.min(0, histogram.min), Math.max(0, histogram.max)];
	const width = (high - low) / REFERENCE_BINS;
	if (!(width > 0)) return { min: low, max: high };
	const divergence = divergenceOf(rebin(histogram.bins(), low, width));
	const zero = Math.round(-low / width);
	let [first, end] = [0, REFERENCE_BINS];
	const rounds = low < 0 && high > 0 ? MOST_ROUNDS : 1;
	for (let [round, before] = [0, 0]; round < rounds && before !== end - first; round++) {
		before = end - first;
		if (high > 0) end = bestOf(endsAbove(Math.max(zero + 1, first + LEVELS)), (e) => divergence(first, e));
		if (low < 0) first = bestOf(startsBelow(Math.min(zero - 1, end - LEVELS)), (f) => divergence(f, end));
	}
	return { min: first === 0 ? low : low + first * width, max: end === REFERENCE_BINS ? high : low + end * width };
}

/** Widest first: of equals, the one that clips least wins. */
function endsAbove(least: number): number[] {
	const steps = Math.max(0, Math.floor((REFERENCE_BINS - least) / STRIDE));
	return Array.from({ length: steps + 1 }, (_, i) => REFERENCE_BINS - i * STRIDE);
}

function startsBelow(most: number): number[] {
	return Array.from({ length: Math.max(0, Math.floor(most / STRIDE)) + 1 }, (_, i) => i * STRIDE);
}

function bestOf(candidates: readonly number[], cost: (candidate: number) => number): number {
	const costs = candidates.map(cost);
	return candidates[costs.indexOf(Math.min(...costs))];
}

/**
 * The divergence Σ p·log(p/q) between p, the bins [first, end) with what lies outside counted into the outermost, and q,
 * the same bins without that in 256 levels, each spread evenly over its bins that are not empty in p. Sums over any
 * stretch of bins are differences of sums kept from the start, so a range costs time by levels, not by bins.
 */
function divergenceOf(counts: Float64Array): (first: number, end: number) => number {
	const sums = cumulative(counts, (count) => count);
	const filled = cumulative(counts, (count) => (count > 0 ? 1 : 0));
	const entropies = cumulative(counts, timesLog);
	const total = sums[counts.length];
	return (first, end) => {
		const size = end - first;
		let [pLogP, pLogQ, qSum] = [0, 0, 0];
		/** Counts what lies outside into a bin at the edge. */
		const outside = (bin: number, more: number) => {
			pLogP += timesLog(counts[bin] + more) - timesLog(counts[bin]);
			return { more, filled: counts[bin] === 0 && more > 0 ? 1 : 0 };
		};
		const none = { more: 0, filled: 0 };
		for (let level = 0; level < LEVELS; level++) {
			const from = first + Math.floor((level * size) / LEVELS);
			const to = first + Math.floor(((level + 1) * size) / LEVELS);
			const below = level === 0 ? outside(from, sums[first]) : none;
			const above = level === LEVELS - 1 ? outside(to - 1, total - sums[end]) : none;
			const bins = filled[to] - filled[from] + below.filled + above.filled;
			if (bins === 0) continue;
			const inside = sums[to] - sums[from];
			const q = Math.max(inside / bins, SMOOTHING);
			pLogQ += (inside + below.more + above.more) * Math.log(q);
			qSum += q * bins;
		}
		pLogP += entropies[end] - entropies[first];
		return (pLogP - pLogQ) / total - Math.log(total) + Math.log(qSum);
	};
}

function timesLog(count: number): number {
	return count > 0 ? count * Math.log(count) : 0;
}

function cumulative(counts: Float64Array, of: (count: number) => number): Float64Array {
	const sums = new Float64Array(counts.length + 1);
	for (const [i, count] of counts.entries()) sums[i + 1] = sums[i] + of(count);
	return sums;
}

/** The same counts in 2048 bins from `low`; a bin that lies across an edge is split by length. */
function rebin(bins: Bins, low: number, width: number): Float64Array {
	const counts = new Float64Array(REFERENCE_BINS);
	for (const [i, count] of bins.counts.entries()) {
		if (count === 0) continue;
		const from = (bins.low + i * bins.width - low) / width;
		const to = from + bins.width / width;
		const [a, b] = [from, to].map((place) => Math.min(REFERENCE_BINS - 1, Math.max(0, Math.floor(place))));
		// Bins are never wider than the new ones, so at most one edge lies within.
		const share = a === b ? 1 : (b - from) / (to - from);
		counts[a] += count * share;
		if (a !== b) counts[b] += count * (1 - share);
	}
	return counts;
}
