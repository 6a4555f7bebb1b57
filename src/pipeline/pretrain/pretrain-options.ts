/** Every setting of training a classifier of kinds, in one schema; presets are the experiments worth repeating. */
import { z } from 'zod';
import { namesOf } from '../../base/parse.ts';
import { NETWORKS } from '../../networks/index.ts';
import { augmentationOptions } from '../../training/augment/index.ts';
import { OPTIMIZERS } from '../../training/optimizers/index.ts';
import { scheduleOptions } from '../../training/schedule.ts';
import { transferOptions } from '../../training/transfer/transfer-options.ts';

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
	/** Whose weights the backbone starts from, and what of it stays. */
	transfer: transferOptions.prefault({}),
	seed: z.int().default(0),
});

export type PretrainOptions = z.infer<typeof pretrainOptions>;

const SIMPLE_CNN = {
	network: {
		name: 'simple-cnn',
		options: {
			base: 32,
			depth: 3,
			convolutions: 2,
			hidden: [128],
			headPooling: 'average',
			stageDropout: 0.1,
			dropout: 0.2,
		},
	},
	schedule: { rate: 4e-3, warmUp: 0.2 },
	optimizer: { name: 'adam', options: { weightDecay: 0.02 } },
	batch: 64,
} as const;

/** A backbone that one core trains in half an hour: a quarter of the filters, a stem for small images. */
const RESNET = { name: 'resnet50', options: { alpha: 0.25, style: 'torch', stem: 'small' } } as const;

/** Few images: seen often, mirrored and moved, and forgotten slowly. */
const FEW_IMAGES = {
	images: 1000,
	epochs: 30,
	batch: 50,
	schedule: { rate: 1e-3 },
	optimizer: { name: 'adam', options: { weightDecay: 0.05 } },
	augmentation: { flip: { vertical: 0 }, affine: { probability: 0.8, shift: 0.08, zoom: 0.08, turn: 6 } },
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
	/** A residual network, to be transferred. */
	resnet50: {
		network: RESNET,
		epochs: 16,
		batch: 64,
		schedule: { rate: 3e-3, warmUp: 0.2 },
		optimizer: { name: 'adam', options: { weightDecay: 0.02 } },
		augmentation: { flip: { vertical: 0 }, affine: { probability: 0.5, shift: 0.08, zoom: 0.08, turn: 6 } },
	},
	/** Its backbone kept as it was: only two dense layers and the softmax learn, from 1,000 images. */
	'resnet50-frozen': {
		...FEW_IMAGES,
		schedule: { rate: 3e-3 },
		network: { ...RESNET, options: { ...RESNET.options, hidden: [256, 128] } },
		transfer: { freeze: 'encoder' },
	},
	/** Cut in the middle, its first blocks kept: the rest and one dense layer of 1,024 learn, from 1,000 images. */
	'resnet50-cut': {
		...FEW_IMAGES,
		network: { ...RESNET, options: { ...RESNET.options, cut: 'conv3_block4_out', hidden: [1024], dropout: 0.3 } },
		transfer: { freeze: 'conv2_block3_out' },
	},
} as const satisfies Readonly<Record<string, z.input<typeof pretrainOptions>>>;
