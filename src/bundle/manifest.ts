/** The manifest: everything a decision depends on, described by one schema. */
import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 digest in hex');
const rate = z.number().min(0).max(1);

export const operatingPointSchema = z.strictObject({
	threshold: rate,
	method: z.enum(['guaranteed-recall', 'fixed']),
	recall: rate.optional(),
	confidence: rate.optional(),
	n: z.int().min(0).optional(),
	toleratedMisses: z.int().min(0).optional(),
	falseRejects: z.strictObject({ rate, low: rate, high: rate, n: z.int().min(0) }).optional(),
	precision: z.string(),
});

export const manifestSchema = z.strictObject({
	formatVersion: z.literal(1),
	/** A short name, such as `demo`. */
	name: z.string().min(1),
	/** Counts up with every export under the same name. */
	version: z.string().min(1),
	createdAt: z.iso.datetime(),
	/** What one inference takes: raw camera bytes, `uint8[1,height,width,channels]`, under the name `image`. */
	input: z.strictObject({
		width: z.int().min(8).max(8192),
		height: z.int().min(8).max(8192),
		channels: z.union([z.literal(1), z.literal(3)]),
	}),
	/** What it gives: `score` float32[1]; `mask` float32[1,height,width] defect probabilities, when there is one. */
	outputs: z.strictObject({ score: z.literal('score'), mask: z.literal('mask').optional() }),
	/** Names of the defect classes that were in the training data. */
	classes: z.array(z.string()),
	/** The models of this bundle by precision; all compute the same thing. `default` is what a CPU station runs. */
	models: z
		.array(
			z.strictObject({
				role: z.literal('inspector'),
				precision: z.enum(['fp32', 'int8']),
				file: z.string(),
				default: z.boolean(),
			}),
		)
		.min(1),
	operatingPoint: operatingPointSchema,
	/** Measured results by split, free in form, for people and reports. */
	metrics: z.record(z.string(), z.unknown()),
	/** What was run: network, losses, dataset, seed, steps. */
	training: z.record(z.string(), z.unknown()),
	/** SHA-256 of every other file of the bundle, by relative path. */
	files: z.record(z.string(), digest),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Precision = Manifest['models'][number]['precision'];
