/** `golden:` of station.yaml: when golden parts are inspected, what they must show, what happens when they do not. */
import { z } from 'zod';

const rate = z.number().min(0).max(1);

const requirementsSchema = z.strictObject({
	missedDefects: z.int().min(0).default(0).meta({ description: 'Defective golden parts that may pass' }),
	extraFalseRejects: z
		.int()
		.min(0)
		.default(0)
		.meta({ description: 'Sound golden parts that may be rejected beyond those that were at enrolment' }),
	injected: z
		.strictObject({
			meanScoreShift: rate.default(0.02).meta({ description: 'Mean absolute score difference against enrolment' }),
			largestScoreShift: rate.default(0.1).meta({ description: 'The same of any one part' }),
			iouDrop: rate.default(0.05).meta({ description: 'How far the mean measured IoU may fall below enrolment' }),
		})
		.prefault({})
		.meta({ description: 'The very images of enrolment: only engine and host can differ' }),
	presented: z
		.strictObject({
			meanScoreShift: rate.default(0.1),
			largestScoreShift: rate.default(0.4),
			sharpnessDrop: z
				.number()
				.positive()
				.default(0.35)
				.meta({ description: 'How far the mean sharpness may fall: half a pixel of blur costs about 0.5' }),
			brightnessChange: rate.default(0.15).meta({ description: 'Share by which the mean brightness may differ' }),
		})
		.prefault({})
		.meta({ description: 'New pictures of the same parts: place and light differ a little each time' }),
});

export const goldenSchema = z.strictObject({
	everyParts: z.int().min(1).optional().meta({ description: 'A run after so many parts' }),
	everyMinutes: z.number().positive().max(44_640).optional().meta({ description: 'A run so long after the last' }),
	atTimes: z
		.array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as "06:00"'))
		.default([])
		.meta({ description: 'Runs at these local times, such as the beginnings of shifts' }),
	atStart: z.boolean().default(false).meta({ description: 'A run whenever the station starts' }),
	onFailure: z.enum(['alarm', 'hold', 'pause']).default('alarm').meta({
		description:
			'After a failed run: only an alert; every part held for a person until a run passes or `release-golden`; or the line paused',
	}),
	presentMinutes: z
		.number()
		.positive()
		.max(240)
		.default(5)
		.meta({ description: 'A run with presented parts fails when none came for so long' }),
	pass: requirementsSchema.prefault({}).meta({ description: 'What a run must show to pass' }),
});

export type GoldenOptions = Readonly<z.infer<typeof goldenSchema>>;
export type GoldenRequirements = GoldenOptions['pass'];
