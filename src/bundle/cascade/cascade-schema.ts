/** What a manifest says of a gate: a cheap model in front of the inspector, which sees only the parts that the gate does not pass. */
import { z } from 'zod';
import { bundlePath, PRECISIONS } from '../names.ts';

const rate = z.number().min(0).max(1);

export const cascadeSchema = z
	.strictObject({
		gate: z.strictObject({
			role: z.literal('gate'),
			precision: z.enum(PRECISIONS),
			file: bundlePath.describe(
				'Takes the same `image` as the inspector, gives `score` float32[1]; runs on the processor',
			),
			name: z.string().min(1).describe('What it was made of'),
			network: z.string().optional(),
		}),
		threshold: rate.describe(
			'A part whose gate score is below it is gated: the inspector does not run, its score counts as 0',
		),
		floors: z
			.partialRecord(z.enum(PRECISIONS), rate)
			.describe(
				'By the inspector’s precision, the highest score that the inspector gives to a gated defective certifying part: at ' +
					'thresholds at or below it that part would be lost, so the gate is off there',
			),
		keep: rate.describe('Wanted share of the flagged defective parts of `val` that the gate lets through'),
		chosenOn: z
			.strictObject({ split: z.string(), parts: z.int().min(1), kept: z.int().min(0) })
			.describe('Flagged defective images that chose the threshold, and how many of them pass on'),
		dataset: z.string(),
		speed: z
			.strictObject({ gateMs: z.number().positive(), inspectorMs: z.number().positive(), threads: z.int().min(0) })
			.describe('Median of one inference of each, in turns, on the machine that made the cascade, default precision'),
	})
	.describe('A cheap model that spares the inspector the parts that are surely sound');

export type CascadeManifest = z.infer<typeof cascadeSchema>;
