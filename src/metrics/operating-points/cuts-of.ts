/** Every threshold that tells two parts apart, with what it flags: what measured methods choose among. */
import { AndonError } from '../../base/errors.ts';
import type { PartScores } from '../part-scores.ts';
import { rankCuts, type Scored } from '../scored.ts';

export interface RatedCut {
	readonly threshold: number;
	/** Share of defective parts that are flagged, and of sound ones. */
	readonly recall: number;
	readonly falseRejects: number;
}

/** Highest threshold first. @throws POINT_UNREACHABLE when either kind of part is missing */
export function cutsOf(scores: PartScores): readonly RatedCut[] {
	const { defective, sound } = scores;
	expectBoth(scores);
	return rankCuts(labelled(scores)).map(({ threshold, hits, falseAlarms }) => ({
		threshold,
		recall: hits / defective.length,
		falseRejects: falseAlarms / sound.length,
	}));
}

export function labelled({ defective, sound }: PartScores): Scored[] {
	return [
		...defective.map((score) => ({ score, defective: true })),
		...sound.map((score) => ({ score, defective: false })),
	];
}

/** @throws POINT_UNREACHABLE */
export function expectBoth({ defective, sound }: PartScores): void {
	if (defective.length > 0 && sound.length > 0) return;
	throw new AndonError('POINT_UNREACHABLE', {
		expected: 'scores of defective parts and of sound ones',
		found: `${defective.length} defective, ${sound.length} sound`,
		fix: 'Score parts of both kinds, or choose guaranteed-recall, which needs defective parts only.',
	});
}
