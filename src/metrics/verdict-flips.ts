/** What becomes of verdicts when another model takes the place of a reference, as int8 does of its float model. */
import type { Scored } from './scored.ts';

export interface VerdictFlips {
	/** Of all items, those on different sides of the threshold. */
	readonly share: number;
	/** Defective items that only the reference flags: what a change of model must not cost. */
	readonly lost: number;
	/** Defective items that only the other one flags. */
	readonly found: number;
	/** Sound items that only the other one flags. */
	readonly alarmed: number;
	/** Sound items that only the reference flags. */
	readonly cleared: number;
}

/**
 * Counts verdicts of the same items, in the same order, at one threshold: flagged is what scores as much or more.
 *
 * @throws TypeError when the lists differ in length
 */
export function verdictFlips(reference: readonly Scored[], items: readonly Scored[], threshold: number): VerdictFlips {
	if (reference.length !== items.length)
		throw new TypeError(`${items.length} scores beside ${reference.length} of the reference`);
	const flips = { lost: 0, found: 0, alarmed: 0, cleared: 0 };
	items.forEach(({ score, defective }, i) => {
		const isFlagged = score >= threshold;
		if (isFlagged === reference[i].score >= threshold) return;
		flips[isFlagged ? (defective ? 'found' : 'alarmed') : defective ? 'lost' : 'cleared']++;
	});
	const count = flips.lost + flips.found + flips.alarmed + flips.cleared;
	return { share: items.length > 0 ? count / items.length : 0, ...flips };
}
