/** The highest threshold that still promises a recall, with the confidence of the promise: exact, distribution-free. */
import { AndonError } from '../base/errors.ts';
import { binomialCdf, clopperPearson } from './binomial.ts';
import type { FalseRejects, OperatingPoint } from './operating-point.ts';

export interface CertifyOptions {
	/** Wanted recall r of the defective class, 0 < r < 1. */
	readonly recall: number;
	/** Wanted confidence 1 − δ, 0 < 1 − δ < 1. */
	readonly confidence: number;
	/** The precision whose scores these are; the promise holds for no other. */
	readonly precision: string;
	/** Scores of sound parts, for the price of the threshold; one per part. */
	readonly soundScores?: readonly number[];
	/** How many models (or thresholds) the choice was made among on these same parts; δ is split over them. */
	readonly candidates?: number;
}

/**
 * Chooses the k-th smallest score as threshold, with the largest k for which P(Bin(n, 1 − r) ≤ k − 1) ≤ δ. Flagging
 * every part with `score >= threshold` then finds at least r of all defective parts with confidence 1 − δ; equal
 * scores only raise the recall.
 *
 * @param defectiveScores one score per defective part, of parts that were used for nothing else
 * @throws RECALL_NOT_CERTIFIABLE when even the lowest score promises too little
 */
export function certifyThreshold(defectiveScores: readonly number[], options: CertifyOptions): OperatingPoint {
	const { recall, precision, soundScores } = options;
	const confidence = 1 - delta(options);
	const misses = toleratedMisses(defectiveScores.length, recall, confidence);
	if (misses === undefined) throw refusal(defectiveScores.length, recall, confidence);
	const threshold = ascending(defectiveScores)[misses];
	return {
		threshold,
		method: 'guaranteed-recall',
		recall,
		confidence: options.confidence,
		n: defectiveScores.length,
		toleratedMisses: misses,
		...(soundScores?.length ? { falseRejects: falseRejectsAt(threshold, soundScores) } : {}),
		precision,
	};
}

/** A threshold that a person set. It promises no recall; the price is measured all the same. */
export function fixedThreshold(
	threshold: number,
	options: { readonly precision: string; readonly soundScores?: readonly number[] },
): OperatingPoint {
	const { precision, soundScores } = options;
	return {
		threshold,
		method: 'fixed',
		...(soundScores?.length ? { falseRejects: falseRejectsAt(threshold, soundScores) } : {}),
		precision,
	};
}

/** The share of sound parts that would be rejected, with its two-sided 95 % Clopper–Pearson interval. */
export function falseRejectsAt(threshold: number, soundScores: readonly number[]): FalseRejects {
	const n = soundScores.length;
	const rejected = soundScores.filter((score) => score >= threshold).length;
	return { rate: rejected / n, ...clopperPearson(rejected, n), n };
}

/** The misses k − 1 that n parts may show under a promise; undefined when not even none suffices. */
export function toleratedMisses(n: number, recall: number, confidence: number): number | undefined {
	const allowed = (misses: number) => misses < n && binomialCdf(misses, n, 1 - recall) <= 1 - confidence;
	if (!allowed(0)) return undefined;
	return lastTrue(n, allowed);
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

function delta({ recall, confidence, candidates = 1 }: CertifyOptions): number {
	for (const [name, value] of Object.entries({ recall, confidence }))
		if (!(value > 0 && value < 1))
			throw new AndonError('RECALL_NOT_CERTIFIABLE', {
				expected: `a ${name} between 0 and 1, both excluded`,
				found: String(value),
				fix: 'No finite number of parts can prove certainty: ask for 0.99, say.',
			});
	if (!Number.isInteger(candidates) || candidates < 1) throw new TypeError('candidates must be a positive integer');
	return (1 - confidence) / candidates;
}

function ascending(scores: readonly number[]): readonly number[] {
	if (scores.some(Number.isNaN)) throw new TypeError('a score is NaN and cannot be ranked');
	return scores.toSorted((a, b) => a - b);
}

function refusal(n: number, recall: number, confidence: number): AndonError {
	const needed = partsNeeded(recall, confidence);
	// Rounded down, so that asking for the printed recall succeeds.
	const possible = Math.floor(certifiableRecall(n, confidence) * 1000) / 1000;
	const percent = `${Number((confidence * 100).toFixed(3))} %`;
	return new AndonError('RECALL_NOT_CERTIFIABLE', {
		expected: `at least ${needed} defective parts to certify a recall of ${recall} with ${percent} confidence`,
		found: n === 0 ? 'none' : `${n}, which can certify a recall of at most ${possible}`,
		fix: `Score ${needed - n} more defective parts${possible > 0 ? `, or ask for a recall of ${possible} or less` : ''}.`,
	});
}
