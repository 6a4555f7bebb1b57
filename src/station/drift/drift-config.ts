/** The section `drift` of station.yaml. */
import { z } from 'zod';
import { LEAST_PARTS } from '../../metrics/drift/drift-reference.ts';

export const driftConfigSchema = z.strictObject({
	enabled: z.boolean().optional().meta({
		description: 'Watch whether parts still look as in calibration; if absent, when the bundle says how they looked',
	}),
	falseAlarmParts: z.int().min(100).max(1_000_000_000).default(100_000).meta({
		description: 'While nothing changes, at most one false alarm in so many parts on average, per camera',
	}),
	defectiveShare: z.number().min(0).max(0.9).default(0).meta({
		description: 'Roughly the share of parts that are defective: calibration parts are taken in this mix',
	}),
	everyParts: z.int().min(1).max(10_000).default(1).meta({
		description: 'Test one part in so many, where neighbours on the line resemble each other',
	}),
	learnParts: z
		.int()
		.min(2 * LEAST_PARTS)
		.max(10_000)
		.default(500)
		.meta({ description: 'Tested parts that a reference is learned from, when the bundle has none or on command' }),
});

export type DriftConfig = Readonly<z.infer<typeof driftConfigSchema>>;
