/** Scores of the labelled parts on the deployed models: what thresholds are chosen from, at training and ever after. */
import { z } from 'zod';
import { viewSchema } from '../imaging/view/view.ts';
import { collapseByGroup, type Exposure } from '../metrics/collapse-by-group.ts';
import type { PartScores } from '../metrics/part-scores.ts';

export const CALIBRATION_FILE = 'calibration.json';

const score = z.number().min(0).max(1);

export const calibrationSchema = z.strictObject({
	formatVersion: z.literal(1),
	/** The split whose parts were used for nothing else (no training, early stopping or model choice): it certifies. */
	certifyingSplit: z.string().min(1),
	/** The view through which the images were scored; absent where they were stretched whole. */
	view: viewSchema.optional(),
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
			/** Behind a gate: its score, and by precision those of the inspector alone. See `cascade/composite-scores.ts`. */
			gate: score.optional(),
			inspectorScores: z.record(z.string(), score).optional(),
		}),
	),
});

export type Calibration = z.infer<typeof calibrationSchema>;

/**
 * The scores of the certifying parts under one precision, one per part (see `collapseByGroup`).
 *
 * @param classes defect classes that must be named even if no certifying part shows them: they can be promised nothing
 * @returns undefined when an exposure lacks a score for this precision: a gap would void the promise
 */
export function certifyingScores(
	calibration: Calibration,
	precision: string,
	classes: readonly string[] = [],
): PartScores | undefined {
	const exposures: Exposure[] = [];
	for (const { split, scores, gate: _, inspectorScores: __, ...exposure } of calibration.exposures) {
		if (split !== calibration.certifyingSplit) continue;
		if (scores[precision] === undefined) return undefined;
		exposures.push({ ...exposure, score: scores[precision] });
	}
	const parts = collapseByGroup(exposures);
	return {
		defective: parts.filter((part) => part.defective).map((part) => part.score),
		sound: parts.filter((part) => !part.defective).map((part) => part.score),
		perClass: scoresPerClass(exposures, classes),
		...(calibration.view && { view: calibration.view }),
	};
}

/** Each class on its own exposures, so that a second defect on a part neither hides nor helps the first. */
function scoresPerClass(exposures: readonly Exposure[], classes: readonly string[]): PartScores['perClass'] {
	const shown = Map.groupBy(
		exposures.filter((exposure) => exposure.defective),
		(exposure) => exposure.class,
	);
	const names = [...new Set([...classes, ...shown.keys()])].toSorted();
	return Object.fromEntries(
		names.map((name) => [name, collapseByGroup(shown.get(name) ?? []).map((part) => part.score)]),
	);
}
