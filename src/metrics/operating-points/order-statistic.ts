/** How far an order statistic may reach into the scores and still keep a promise: exact, for any distribution. */
import { binomialCdf } from '../binomial.ts';

/**
 * The most parts j, of n, that may lie on the wrong side of a threshold chosen by rank, so that with probability 1 − δ at
 * most the share `rate` of all parts does: the largest j with P(Bin(n, rate) ≤ j) ≤ δ. Equal scores only help, as long
 * as they stay on one side.
 *
 * @returns undefined when not even j = 0 suffices
 */
export function toleratedErrors(n: number, rate: number, delta: number): number | undefined {
	const allowed = (errors: number) => errors < n && binomialCdf(errors, n, rate) <= delta;
	if (!allowed(0)) return undefined;
	return lastTrue(n, allowed);
}

/** The misses k − 1 that n defective parts may show under a promised recall; undefined when not even none suffices. */
export function toleratedMisses(n: number, recall: number, confidence: number): number | undefined {
	return toleratedErrors(n, 1 - recall, 1 - confidence);
}

/** The fewest parts that certify a recall when up to `misses` of them are missed. */
export function partsNeeded(recall: number, confidence: number, misses = 0): number {
	const enough = (n: number) => n > misses && binomialCdf(misses, n, 1 - recall) <= 1 - confidence;
	let high = misses + 1;
	while (!enough(high)) high *= 2;
	return lastTrue(high, (n) => !enough(n)) + 1;
}

/** The highest recall that n parts can certify, when all of them are found. */
export function certifiableRecall(n: number, confidence: number): number {
	return n === 0 ? 0 : (1 - confidence) ** (1 / n);
}

/** @throws TypeError when a score is NaN: it has no rank */
export function ascending(scores: readonly number[]): Float64Array {
	if (scores.some(Number.isNaN)) throw new TypeError('a score is NaN and cannot be ranked');
	return Float64Array.from(scores).sort();
}

/** The largest whole number below `end` for which a monotone condition still holds; it must hold at 0. */
function lastTrue(end: number, holds: (value: number) => boolean): number {
	let low = 0;
	let high = end;
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (holds(middle)) low = middle;
		else high = middle;
	}
	return low;
}
