/** Shares of parts at a threshold, with intervals that are honest about how the threshold was chosen. */
import { clopperPearson } from '../binomial.ts';
import type { Rate } from '../operating-point.ts';

/**
 * The share of parts at or above a threshold.
 *
 * @param chosenOnThem whether the threshold was chosen by looking at these scores
 * @returns undefined without parts
 */
export function shareFlagged(threshold: number, scores: readonly number[], chosenOnThem = false): Rate | undefined {
	const count = scores.filter((score) => score >= threshold).length;
	return rateOf(count, scores.length, chosenOnThem ? 'threshold' : undefined);
}

/**
 * `count` of n parts with a 95 % Clopper–Pearson interval.
 *
 * @param chosen what was chosen by looking at these parts: a threshold, or both ends of a band. Then the interval is one
 *   at 1 − 0.05/m, with m the counts that any threshold (n) or band (n (n + 1) / 2) can give: by Bonferroni over the order
 *   statistics all of them cover at once with 95 %, so also the one that was chosen
 * @param together intervals that must hold at once, all of them with 95 %
 * @returns undefined when n is 0
 */
export function rateOf(count: number, n: number, chosen?: 'threshold' | 'band', together = 1): Rate | undefined {
	if (n === 0) return undefined;
	const among = chosen === undefined ? 1 : chosen === 'threshold' ? n : (n * (n + 1)) / 2;
	const { low, high } = clopperPearson(count, n, 1 - 0.05 / among / together);
	return { rate: count / n, low, high, n, interval: chosen === undefined ? 'pointwise' : 'simultaneous' };
}
