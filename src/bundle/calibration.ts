/** Scores of the labelled parts on the deployed models: what thresholds are chosen from, at training and ever after. */
import { z } from 'zod';
import { collapseByGroup, type Exposure } from '../metrics/collapse-by-group.ts';

export const CALIBRATION_FILE = 'calibration.json';

const score = z.number().min(0).max(1);

export const calibrationSchema = z.strictObject({
	formatVersion: z.literal(1),
	/** The split whose parts were used for nothing else (no training, early stopping or model choice): it certifies. */
	certifyingSplit: z.string().min(1),
	/** One entry per image; images of the same part share the group. */
	exposures: z.array(
		z.strictObject({
			image: z.string(),
			group: z.string().min(1),
			class: z.string(),
			defective: z.boolean(),
			split: z.string(),
			/** Score by precision, as the deployed model gave it. */
			scores: z.record(z.string(), score),
		}),
	),
});

export type Calibration = z.infer<typeof calibrationSchema>;

/** One score per part, apart by truth, ready for `certifyThreshold`. */
export interface PartScores {
	readonly defective: readonly number[];
	readonly sound: readonly number[];
}

/**
 * The scores of the certifying parts under one precision, one per part (see `collapseByGroup`).
 *
 * @returns undefined when an exposure lacks a score for this precision: a gap would void the promise
 */
export function certifyingScores(calibration: Calibration, precision: string): PartScores | undefined {
	const exposures: Exposure[] = [];
	for (const { split, scores, ...exposure } of calibration.exposures) {
		if (split !== calibration.certifyingSplit) continue;
		if (scores[precision] === undefined) return undefined;
		exposures.push({ ...exposure, score: scores[precision] });
	}
	const parts = collapseByGroup(exposures);
	return {
		defective: parts.filter((part) => part.defective).map((part) => part.score),
		sound: parts.filter((part) => !part.defective).map((part) => part.score),
	};
}
