/** `drift.json`: what the parts of calibration looked like, so that a station can tell when its parts no longer do. */
import { z } from 'zod';
import { parseWith } from '../base/parse.ts';
import { isSameView, type View, viewSchema } from '../imaging/view/view.ts';
import type { DriftReference } from '../metrics/drift/drift-reference.ts';
import { STATISTICS } from '../metrics/drift/input-statistics.ts';
import { PRECISIONS, type Precision } from './manifest.ts';
import type { Bundle } from './open-bundle.ts';

export const DRIFT_FILE = 'drift.json';

const figures = z.partialRecord(z.enum(STATISTICS), z.number());

export const driftFileSchema = z.strictObject({
	formatVersion: z.literal(1),
	/** What the parts were taken from. */
	dataset: z.string(),
	/** Through which they were looked at; absent where they were stretched whole. */
	view: viewSchema.optional(),
	/** SHA-256 of the model file that gave the scores, by precision: scores of another model say nothing. */
	models: z.partialRecord(z.enum(PRECISIONS), z.string()),
	cutPoints: z.partialRecord(z.enum(STATISTICS), z.array(z.number()).min(1)),
	texture: z.strictObject({
		mean: z.array(z.number()).min(1),
		deviation: z.array(z.number().positive()).min(1),
		signatures: z.array(z.array(z.number())).min(1),
	}),
	/** Parts that chose neither cut points nor signatures; one image of each. */
	held: z.array(
		z.strictObject({
			defective: z.boolean(),
			values: figures,
			scores: z.partialRecord(z.enum(PRECISIONS), z.number().min(0).max(1)),
		}),
	),
});

export type DriftFile = z.infer<typeof driftFileSchema>;

/**
 * The reference for one model of a bundle. Scores take part when they are that very model's.
 *
 * @param views through which parts are looked at here
 * @returns undefined when the bundle has none, or one of parts that were looked at otherwise
 * @throws BUNDLE_INVALID
 */
export function driftReferenceIn(
	bundle: Pick<Bundle, 'dir' | 'manifest' | 'readJson'>,
	precision: Precision,
	views: readonly (View | undefined)[] = [undefined],
): DriftReference | undefined {
	const { files, models, cascade } = bundle.manifest;
	if (!Object.hasOwn(files, DRIFT_FILE)) return undefined;
	const what = `${DRIFT_FILE} of ${bundle.dir}`;
	const kept = parseWith(driftFileSchema, bundle.readJson(DRIFT_FILE), what, 'BUNDLE_INVALID');
	if (!views.every((view) => isSameView(view, kept.view))) return undefined;
	const model = models.find((candidate) => candidate.precision === precision);
	// Behind a gate most parts have no score of this model.
	const isScored = cascade === undefined && model !== undefined && kept.models[precision] === files[model.file];
	const { score, ...cutPoints } = kept.cutPoints;
	return {
		cutPoints: isScored && score ? { ...cutPoints, score } : cutPoints,
		texture: kept.texture,
		held: kept.held.map(({ defective, values, scores }) => ({
			defective,
			values: isScored ? { ...values, score: scores[precision] } : values,
		})),
	};
}
