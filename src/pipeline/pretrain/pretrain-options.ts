/** Every setting of training a classifier of kinds, in one schema; presets are the experiments worth repeating. */
import { z } from 'zod';
import { namesOf } from '../../base/parse.ts';
import { NETWORKS } from '../../networks/index.ts';
import { augmentationOptions } from '../../training/augment/index.ts';
import { OPTIMIZERS } from '../../training/optimizers/index.ts';
import { scheduleOptions } from '../../training/schedule.ts';

export const pretrainOptions = z.strictObject({
	network: z.strictObject({
		name: namesOf(NETWORKS),
		options: z.record(z.string(), z.unknown()).default({}),
	}),
	/** Size that images are stretched to, in pixels. */
	width: z.int().min(8).max(1024).default(32),
	height: z.int().min(8).max(1024).default(32),
	channels: z.union([z.literal(1), z.literal(3)]).default(3),
	/** Classes to use; all by default. */
	classes: z.array(z.string()).min(2).optional(),
	/** Training images to use, equally many of each class; all by default. */
	images: z.int().min(2).optional(),
	epochs: z.int().min(1).default(10),
	batch: z.int().min(1).default(128),
	optimizer: z
		.strictObject({
			name: namesOf(OPTIMIZERS).default('adam'),
			options: z.record(z.string(), z.unknown()).default({}),
		})
		.prefault({}),
	schedule: scheduleOptions.prefault({}),
	augmentation: augmentationOptions,
	/** Share of the truth that is spread over all classes. */
	smoothing: z.number().min(0).lt(1).default(0),
	/** Largest global norm of the gradient; 0 = no clipping. */
	clipNorm: z.number().min(0).default(5),
	seed: z.int().default(0),
});

export type PretrainOptions = z.infer<typeof pretrainOptions>;

const SIMPLE_CNN = {
	network: {
		name: 'simple-cnn',
		options: { base: 32, depth: 3, hidden: [128], headPooling: 'average', stageDropout: 0.05, dropout: 0.2 },
	},
	schedule: { rate: 5e-3, warmUp: 0.2 },
	optimizer: { name: 'adam', options: { weightDecay: 0.02 } },
	batch: 64,
} as const;

/** Starting points by name. */
export const PRETRAIN_PRESETS = {
	/** Convolution, pooling, batch normalisation, dropout, dense, softmax. */
	'simple-cnn': SIMPLE_CNN,
	/** The same on images that are mirrored, shifted, turned and zoomed. */
	'simple-cnn-augmented': {
		...SIMPLE_CNN,
		augmentation: { flip: { vertical: 0 }, affine: { probability: 0.8, shift: 0.08, zoom: 0.08, turn: 6 } },
	},
} as const satisfies Readonly<Record<string, z.input<typeof pretrainOptions>>>;
