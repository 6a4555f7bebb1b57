/** The manifest: everything a decision depends on, described by one schema. */
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 digest in hex');
const rate = z.number().min(0).max(1);

/** A relative path that is the same on every file system and cannot leave the folder: no empty, `.` or `..` segment. */
export const bundlePath = z
	.string()
	.regex(
		/^(?!\.{1,2}(?:\/|$))[\w.@+ -]+(?:\/(?!\.{1,2}(?:\/|$))[\w.@+ -]+)*$/,
		'expected a relative path inside the bundle, of plain characters and forward slashes',
	);

export const operatingPointSchema = z
	.strictObject({
		threshold: rate,
		method: z.enum(['guaranteed-recall', 'fixed']),
		recall: rate.optional(),
		confidence: rate.optional(),
		n: z.int().min(0).optional(),
		toleratedMisses: z.int().min(0).optional(),
		falseRejects: z.strictObject({ rate, low: rate, high: rate, n: z.int().min(0) }).optional(),
		precision: z.string(),
	})
	.superRefine((point, context) => {
		if (point.method !== 'guaranteed-recall') return;
		for (const key of ['recall', 'confidence', 'n', 'toleratedMisses'] as const)
			if (point[key] === undefined)
				context.addIssue({ code: 'custom', path: [key], message: 'a guaranteed recall must state it' });
	});

const manifestShape = z.strictObject({
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
				file: bundlePath,
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
	files: z.record(bundlePath, digest),
});

export const manifestSchema = manifestShape.superRefine((manifest, context) => {
	const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
	const { files, models, operatingPoint } = manifest;
	const defaults = models.filter((model) => model.default);
	if (defaults.length !== 1) issue('models', `expected exactly one default model, found ${defaults.length}`);
	if (new Set(models.map((model) => model.precision)).size < models.length)
		issue('models', 'expected one model per precision');
	for (const { file } of models) if (!Object.hasOwn(files, file)) issue('files', `the model ${file} is not listed`);
	if (Object.hasOwn(files, MANIFEST_FILE)) issue('files', `${MANIFEST_FILE} cannot list itself`);
	if (operatingPoint.method === 'guaranteed-recall' && operatingPoint.precision !== defaults[0]?.precision)
		issue('operatingPoint', `its recall is certified for ${operatingPoint.precision}, which is not the default model`);
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Precision = Manifest['models'][number]['precision'];
