/** What a bundle keeps of its training, so that its report can be drawn again without the run's folder. */
import { z } from 'zod';

export const TRAINING_FILE = 'training.json';

const curvePoint = z.strictObject({
	step: z.int(),
	loss: z.number(),
	terms: z.record(z.string(), z.number()),
	learningRate: z.number(),
});

const learningCurves = z.strictObject({
	/** Means over a few steps each. */
	points: z.array(curvePoint),
	/** What was measured on `val`; larger is better. */
	metric: z.strictObject({
		name: z.string(),
		points: z.array(z.strictObject({ step: z.int(), value: z.number() })),
	}),
	/** The weights that were kept. */
	best: z.strictObject({ step: z.int(), metric: z.number() }),
	stoppedEarly: z.boolean(),
});

const gradientWatch = z.strictObject({
	steps: z.array(z.int()),
	/** From the input to the output. */
	layers: z.array(z.string()),
	/** L2 norms of the gradient: one row per step, one value per layer. */
	norms: z.array(z.array(z.number())),
	/** What was noticed; undefined when nobody looked. */
	warnings: z
		.array(z.strictObject({ step: z.int(), layer: z.string(), kind: z.string(), message: z.string() }))
		.optional(),
});

const stage = z.strictObject({ name: z.string(), seconds: z.number().min(0) });

export const trainingRecordSchema = z.strictObject({
	formatVersion: z.literal(1),
	learning: learningCurves,
	gradients: gradientWatch,
	/** What was run, where, with what: name and value, in the order shown. */
	facts: z.array(z.tuple([z.string(), z.string()])),
	stages: z.array(stage),
});

export type TrainingRecord = z.infer<typeof trainingRecordSchema>;
export type LearningCurves = z.infer<typeof learningCurves>;
export type CurvePoint = z.infer<typeof curvePoint>;
export type GradientWatch = z.infer<typeof gradientWatch>;
export type Stage = z.infer<typeof stage>;
