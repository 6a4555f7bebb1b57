/** Every setting of a training run, in one schema; presets are starting points. */
import { z } from 'zod';
import { namesOf } from '../base/parse.ts';
import { CLASS_GATES, SCORES } from '../networks/deploy.ts';
import { NETWORKS } from '../networks/index.ts';
import { cutPasteOptions } from './augment/cut-paste.ts';
import { augmentationOptions } from './augment/index.ts';
import { LOSSES } from './losses/index.ts';
import { OPTIMIZERS } from './optimizers/index.ts';
import { samplerOptions } from './sampler.ts';
import { scheduleOptions } from './schedule.ts';
import { transferOptions } from './transfer/transfer-options.ts';

const lossTerm = z.strictObject({
	name: namesOf(LOSSES),
	/** What it judges: the mask or the image score. */
	on: z.enum(['mask', 'score']),
	weight: z.number().positive().default(1),
	options: z.record(z.string(), z.unknown()).default({}),
});

export const trainOptions = z.strictObject({
	network: z
		.strictObject({
			name: namesOf(NETWORKS).default('unet'),
			options: z.record(z.string(), z.unknown()).default({}),
		})
		.prefault({}),
	/** Weights of others, and what of them stays frozen. */
	transfer: transferOptions.prefault({}),
	/** Size that images are stretched to, in pixels. */
	width: z.int().min(8).max(4096).default(160),
	height: z.int().min(8).max(4096).default(160),
	/** 1 = grey, 3 = colour. */
	channels: z.union([z.literal(1), z.literal(3)]).default(1),
	/**
	 * What a part's score is made of; by default both the score head and the mask's peak, as far as there are both. `auto` lets
	 * `val` choose by average precision once the network is trained; `learned` is fitted on `val`.
	 */
	score: z.enum([...SCORES, 'auto']).optional(),
	/** Lets one class prevail in the mask; for parts with one kind of defect each (softmax heads). */
	classGate: z.enum(CLASS_GATES).default('none'),
	/** Shifts the mask's logits so that probability 0.5 is the best cut on `val`. */
	shiftMask: z.boolean().default(true),
	losses: z
		.array(lossTerm)
		.min(1)
		.default([
			{ name: 'bce', on: 'mask', weight: 1, options: { positiveWeight: 5 } },
			{ name: 'dice', on: 'mask', weight: 1, options: {} },
			{ name: 'bce', on: 'score', weight: 0.5, options: {} },
		]),
	optimizer: z
		.strictObject({
			name: namesOf(OPTIMIZERS).default('adam'),
			options: z.record(z.string(), z.unknown()).default({}),
		})
		.prefault({}),
	schedule: scheduleOptions.prefault({}),
	sampler: samplerOptions.prefault({}),
	augmentation: augmentationOptions,
	/** Pastes defects of other images onto a share of the sound ones; off unless given. */
	cutPaste: cutPasteOptions.extend({ probability: z.number().min(0).max(1).default(0.5) }).optional(),
	batch: z.int().min(1).default(8),
	/** Optimizer steps in all. */
	steps: z.int().min(1).default(2000),
	/** Evaluations on `val` over the run. */
	evaluations: z.int().min(1).default(10),
	/** Evaluations without improvement after which training stops; 0 = never. */
	patience: z.int().min(0).default(4),
	/** Largest global norm of the gradient; 0 = no clipping. */
	clipNorm: z.number().min(0).default(5),
	/** Largest size of any element of the gradient; 0 = no clipping. */
	clipValue: z.number().min(0).default(0),
	/** Decay of the exponential average of the weights; 0 = none. */
	averageDecay: z.number().min(0).lt(1).default(0.99),
	/**
	 * A last phase that trains on with the rounding of int8 in the graph, kept where `val` gains by it; 0 steps = none. Its
	 * rate is a twentieth of the schedule's unless given.
	 */
	quantizationAware: z
		.strictObject({ steps: z.int().min(0).default(0), rate: z.number().positive().optional() })
		.prefault({}),
	seed: z.int().default(0),
	/** Recall to certify, with this confidence; without a recall the highest of 0.99, 0.98, 0.95, 0.9 and 0.8 that the data can certify. */
	recall: z.number().gt(0).lt(1).optional(),
	confidence: z.number().gt(0).lt(1).default(0.95),
});

export type TrainOptions = z.infer<typeof trainOptions>;

/** Starting points by name; `train` takes them through `--preset`. */
export const PRESETS = {
	/** What we would choose for unknown images. */
	default: {
		width: 256,
		height: 256,
		network: { name: 'unet', options: { base: 16, depth: 6, maxFilters: 64, stem: 'half' } },
		losses: [
			{ name: 'bce', on: 'mask', options: { positiveWeight: 2 } },
			{ name: 'dice', on: 'mask' },
			{ name: 'bce', on: 'score', weight: 0.5 },
		],
		optimizer: { name: 'adam', options: { weightDecay: 0.01 } },
		schedule: { rate: 2e-3 },
		augmentation: {
			flip: {},
			affine: { turn: 5, zoom: 0.2, shift: 0.08 },
			photometric: { contrast: 0.25, gamma: 0.25, brightness: 0.06 },
			noise: {},
		},
		cutPaste: { probability: 0.25 },
		steps: 2800,
		evaluations: 14,
		patience: 5,
		averageDecay: 0.998,
	},
	/** Tells kinds of defects apart, for parts that have one kind each: one and a half times as wide, trained three times as long. */
	kinds: {
		width: 256,
		height: 256,
		network: {
			name: 'unet',
			options: {
				base: 24,
				depth: 6,
				maxFilters: 128,
				stem: 'half',
				input: 'standardized',
				mask: 'softmax',
				score: 'softmax',
				dropout: 0.2,
			},
		},
		classGate: 'peak',
		score: 'peak',
		losses: [
			{ name: 'categorical-crossentropy', on: 'mask', options: { classWeights: { sound: 1, defect: 2 } } },
			{ name: 'dice', on: 'mask' },
			{ name: 'categorical-crossentropy', on: 'score' },
		],
		optimizer: { name: 'adam', options: { weightDecay: 0.02 } },
		schedule: { rate: 2.5e-3 },
		augmentation: {
			flip: {},
			affine: { turn: 8, zoom: 0.25, shift: 0.1, probability: 0.7 },
			elastic: {},
			photometric: { contrast: 0.3, gamma: 0.3, brightness: 0.08 },
			noise: {},
			blur: {},
		},
		cutPaste: { probability: 0.5 },
		steps: 8000,
		evaluations: 32,
		patience: 0,
		averageDecay: 0.998,
	},
	/** The smallest net that masters the simulated line, quick in int8. */
	demo: {
		width: 128,
		height: 128,
		network: { name: 'unet', options: { base: 16, depth: 4, stem: 'half' } },
		schedule: { rate: 3e-3 },
		augmentation: { flip: {}, photometric: {} },
		steps: 1500,
		batch: 16,
		patience: 0,
	},
	/** A plain U-Net trained by the book: the baseline to compare with. */
	plain: {
		network: { name: 'unet', options: { base: 16, depth: 5, up: 'transposed', score: 'none' } },
		losses: [
			{ name: 'bce', on: 'mask', options: { positiveWeight: 5 } },
			{ name: 'dice', on: 'mask' },
		],
		sampler: { defectShare: 0.75 },
		augmentation: { flip: {}, photometric: {} },
		steps: 900,
		evaluations: 1,
		clipNorm: 0,
		averageDecay: 0,
	},
} as const satisfies Readonly<Record<string, z.input<typeof trainOptions>>>;
