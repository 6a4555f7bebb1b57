/** The operating point behind a gate: the same threshold, promised anew by the scores of gate and inspector together. */
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import { choosePoint, OPERATING_POINTS } from '../../metrics/operating-points/index.ts';
import { shareFlagged } from '../../metrics/operating-points/share-flagged.ts';
import type { PartScores } from '../../metrics/part-scores.ts';

/**
 * A point with a promise of recall is chosen again from the composite scores; the promise holds when that gives the same
 * threshold. Other points keep their threshold and what they promise of false rejects, which a gate only lowers.
 *
 * @returns undefined when the promise no longer holds at this threshold
 */
export function recertify(point: OperatingPoint, scores: PartScores): OperatingPoint | undefined {
	if (point.method === 'guaranteed-recall') {
		const options = OPERATING_POINTS[point.method].optionsSchema.parse(
			point.options ?? { recall: point.recall, confidence: point.confidence },
		);
		const again = choosePoint(point.method, options, { scores, precision: point.precision });
		return again.threshold >= point.threshold ? { ...again, threshold: point.threshold } : undefined;
	}
	const { threshold, measuredRecall, falseRejects } = point;
	const isChosen = (rate: typeof measuredRecall) => rate?.interval === 'simultaneous';
	return {
		...point,
		...(measuredRecall && { measuredRecall: shareFlagged(threshold, scores.defective, isChosen(measuredRecall)) }),
		...(falseRejects && { falseRejects: shareFlagged(threshold, scores.sound, isChosen(falseRejects)) }),
	};
}
