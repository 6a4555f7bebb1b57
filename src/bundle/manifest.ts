/** The manifest: everything a decision depends on, described by one schema. */
import { z } from 'zod';
import { viewSchema } from '../imaging/view/view.ts';
import { IOU_CORRECTION_METHODS } from '../metrics/mask-iou/iou-correction.ts';
import { guaranteesOf } from '../metrics/operating-point.ts';
import { cascadeSchema } from './cascade/cascade-schema.ts';
import { bundlePath, PRECISIONS } from './names.ts';

export { bundlePath, PRECISIONS, type Precision } from './names.ts';

export const MANIFEST_FILE = 'manifest.json';

/** The page for people; a bundle may lack it. */
export const REPORT_FILE = 'report.html';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 digest in hex');
const rate = z.number().min(0).max(1);

const rateSchema = z
	.strictObject({
		rate,
		low: rate,
		high: rate,
		n: z.int().min(0),
		interval: z.enum(['pointwise', 'simultaneous']).optional(),
	})
	.describe(
		'With its 95 % interval and the parts that it was measured on. The interval is simultaneous (it holds for every ' +
			'threshold at once) where the threshold was chosen by looking at these parts, else pointwise',
	);

const guaranteeSchema = z
	.strictObject({
		quantity: z.enum(['recall', 'class-recall', 'false-rejects']),
		class: z.string().optional(),
		bound: rate,
		confidence: rate,
		n: z.int().min(0),
		tolerated: z.int().min(0),
	})
	.describe(
		'Recall (of a defect class, if named) is at least the bound, or false rejects are at most the bound; proved by n ' +
			'parts, of which so many may lie on the wrong side of the threshold',
	);

export const operatingPointSchema = z
	.strictObject({
		threshold: rate.describe('A part is flagged when its score is at or above it'),
		method: z
			.enum(['guaranteed-recall', 'max-recall', 'fixed-precision', 'best-f1', 'cost-weighted', 'fixed'])
			.describe('How it was chosen; `fixed` was set by a person and promises nothing'),
		options: z
			.record(z.string(), z.union([z.number(), z.boolean()]))
			.optional()
			.describe('What was asked for: the options of the method'),
		recall: rate.optional().describe('Certified share of defective parts that are flagged'),
		confidence: rate.optional().describe('Confidence of what is guaranteed, all of it together'),
		n: z.int().min(0).optional().describe('Defective parts that certify it, used for nothing else'),
		toleratedMisses: z.int().min(0).optional(),
		guarantees: z
			.array(guaranteeSchema)
			.readonly()
			.optional()
			.describe('What is promised; absent in bundles of before'),
		notGuaranteed: z
			.array(z.enum(['recall', 'class-recall', 'false-rejects', 'precision']))
			.readonly()
			.optional()
			.describe('What is not promised, however good it looked on the calibration parts'),
		measuredRecall: rateSchema
			.optional()
			.describe('Share of defective calibration parts that are flagged, of points that promise no recall'),
		falseRejects: rateSchema.optional().describe('Share of sound parts that are flagged'),
		expectedCost: z.number().min(0).optional().describe('Per 1,000 parts, in the unit of the costs in `options`'),
		precision: z.string().describe('The precision whose scores it was chosen on'),
		view: viewSchema.optional().describe('The view through which its calibration parts were looked at'),
	})
	.superRefine((point, context) => {
		if (point.method !== 'guaranteed-recall') return;
		for (const key of ['recall', 'confidence', 'n', 'toleratedMisses'] as const)
			if (point[key] === undefined)
				context.addIssue({ code: 'custom', path: [key], message: 'a guaranteed recall must state it' });
	});

/** A curve that must rise: a surer model must not be expected to do worse. */
export const iouCorrectionSchema = z
	.strictObject({
		method: z.enum(IOU_CORRECTION_METHODS).describe('A constant added, a straight line, or any rising curve'),
		knots: z
			.array(z.strictObject({ expected: rate, corrected: rate }))
			.min(1)
			.readonly()
			.describe('The curve: straight between these points, level outside'),
		n: z.int().min(1).describe('Defective images of `val` that it was fitted on'),
		parts: z.int().min(1).describe('The parts that they show'),
		errors: z
			.record(z.string(), z.number().min(0))
			.describe('Root mean squared error of every candidate, cross-validated over parts; `none` is no correction'),
		view: viewSchema.optional().describe('The view through which those images were seen; it holds for no other one'),
	})
	.superRefine(({ knots }, context) => {
		const rising = knots.every(
			({ expected, corrected }, i) =>
				i === 0 || (expected > knots[i - 1].expected && corrected >= knots[i - 1].corrected),
		);
		if (!rising) context.addIssue({ code: 'custom', path: ['knots'], message: 'the curve must rise' });
	});

const manifestShape = z.strictObject({
	formatVersion: z.literal(1),
	name: z.string().min(1).describe('A short name, such as `demo`'),
	version: z.string().min(1).describe('Counts up with every export under the same name'),
	createdAt: z.iso.datetime(),
	input: z
		.strictObject({
			width: z.int().min(8).max(8192),
			height: z.int().min(8).max(8192),
			channels: z.union([z.literal(1), z.literal(3)]),
		})
		.describe('What one inference takes: raw camera bytes, `image` uint8[1,height,width,channels]'),
	outputs: z
		.strictObject({
			score: z.literal('score'),
			mask: z.literal('mask').optional(),
			classScores: z.literal('class_scores').optional(),
			labels: z.literal('labels').optional(),
		})
		.describe(
			'`score` float32[1] in [0,1]; `mask` float32[1,height,width] of defect probabilities; of models that tell classes ' +
				'apart `class_scores` float32[1 + classes], sound first, and `labels` uint8[1,height,width]; where there are any',
		),
	classes: z.array(z.string()).describe('Names of the defect classes that were in the training data'),
	models: z
		.array(
			z.strictObject({
				role: z.literal('inspector'),
				precision: z.enum(PRECISIONS).describe('`int8` is for CPUs, `int8-tensorrt` and `fp16` for GPUs'),
				file: bundlePath,
				default: z.boolean().describe('True for the one model that a CPU station runs'),
			}),
		)
		.min(1)
		.describe('The models by precision; all compute the same thing'),
	explainer: bundlePath
		.optional()
		.describe(
			'An fp32 model that shows where a model without a mask sees a defect, asked for by people and never part of a ' +
				'decision: the same `image` → `heat_map` float32[1,height,width] in [0,1]',
		),
	cascade: cascadeSchema.optional(),
	operatingPoint: operatingPointSchema.describe('Of the default model'),
	otherOperatingPoints: z
		.partialRecord(z.enum(PRECISIONS), operatingPointSchema)
		.optional()
		.describe('Of models other than the default, each chosen on that model’s own scores'),
	iouCorrections: z
		.partialRecord(z.enum(PRECISIONS), iouCorrectionSchema)
		.optional()
		.describe('What makes expected IoU agree with measured IoU, by the model whose masks it was fitted on'),
	metrics: z.record(z.string(), z.unknown()).describe('Measured results by split, for people and reports'),
	training: z.record(z.string(), z.unknown()).describe('What was run: network, losses, dataset, seed, steps'),
	files: z.record(bundlePath, digest).describe('SHA-256 of every other file of the bundle, by relative path'),
});

export const manifestSchema = manifestShape.superRefine((manifest, context) => {
	const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
	const { files, models, explainer, cascade, operatingPoint, otherOperatingPoints = {} } = manifest;
	const defaults = models.filter((model) => model.default);
	if (defaults.length !== 1) issue('models', `expected exactly one default model, found ${defaults.length}`);
	if (new Set(models.map((model) => model.precision)).size < models.length)
		issue('models', 'expected one model per precision');
	for (const { file } of models) if (!Object.hasOwn(files, file)) issue('files', `the model ${file} is not listed`);
	if (explainer !== undefined && !Object.hasOwn(files, explainer))
		issue('files', `the explainer ${explainer} is not listed`);
	if (cascade && !Object.hasOwn(files, cascade.gate.file))
		issue('files', `the gate ${cascade.gate.file} is not listed`);
	if (Object.hasOwn(files, MANIFEST_FILE)) issue('files', `${MANIFEST_FILE} cannot list itself`);
	if (guaranteesOf(operatingPoint).length > 0 && operatingPoint.precision !== defaults[0]?.precision)
		issue('operatingPoint', `it is certified for ${operatingPoint.precision}, which is not the default model`);
	for (const [precision, point] of Object.entries(otherOperatingPoints))
		if (point.precision !== precision || !models.some((model) => !model.default && model.precision === precision))
			issue('otherOperatingPoints', `${precision} is not another model than the default, or its point is not its own`);
});

export type Manifest = z.infer<typeof manifestSchema>;
