/** What a threshold does to a set of parts, counted. */
import type { Scored } from './scored.ts';

export interface Confusion {
	/** Defective and flagged. */
	readonly hits: number;
	/** Defective and passed: the costly mistake. */
	readonly misses: number;
	/** Sound and flagged. */
	readonly falseAlarms: number;
	/** Sound and passed. */
	readonly passes: number;
}

/** Counts the four cases when everything with `score >= threshold` is flagged. */
export function confusionAt(items: readonly Scored[], threshold: number): Confusion {
	const counts = { hits: 0, misses: 0, falseAlarms: 0, passes: 0 };
	for (const { score, defective } of items) {
		const flagged = score >= threshold;
		counts[defective ? (flagged ? 'hits' : 'misses') : flagged ? 'falseAlarms' : 'passes']++;
	}
	return counts;
}

/** The share of defective items that is flagged; NaN when there are none. */
export function recallOf({ hits, misses }: Confusion): number {
	return hits / (hits + misses);
}

/** The share of flagged items that is defective; NaN when nothing is flagged. */
export function precisionOf({ hits, falseAlarms }: Confusion): number {
	return hits / (hits + falseAlarms);
}

/** The harmonic mean of precision and recall; NaN when nothing is defective and nothing flagged. */
export function f1Of({ hits, misses, falseAlarms }: Confusion): number {
	return (2 * hits) / (2 * hits + misses + falseAlarms);
}
