/** The table of augmentations, in the order in which they are applied, and their composition. */
import { z } from 'zod';
import { affine } from './affine.ts';
import type { Augmentation, AugmentSample, SampleSize } from './augmentation.ts';
import { blur } from './blur.ts';
import { elastic } from './elastic.ts';
import { flip } from './flip.ts';
import { noise } from './noise.ts';
import { photometric } from './photometric.ts';
import { rotate90 } from './rotate90.ts';

export const AUGMENTATIONS = { flip, rotate90, affine, elastic, photometric, blur, noise } as const satisfies Record<
	string,
	Augmentation
>;

/** Which augmentations are on, and their options: `{ flip: {}, affine: { turn: 10 } }`. None by default. */
export const augmentationOptions = z
	.strictObject({
		flip: flip.optionsSchema.optional(),
		rotate90: rotate90.optionsSchema.optional(),
		affine: affine.optionsSchema.optional(),
		elastic: elastic.optionsSchema.optional(),
		photometric: photometric.optionsSchema.optional(),
		blur: blur.optionsSchema.optional(),
		noise: noise.optionsSchema.optional(),
	})
	.prefault({});

export type AugmentationOptions = z.infer<typeof augmentationOptions>;

/** One function that applies the chosen augmentations, drawing everything from the `Random` that it is given. */
export function createAugmenter(options: AugmentationOptions, size: SampleSize): AugmentSample {
	const chosen = (Object.keys(AUGMENTATIONS) as (keyof typeof AUGMENTATIONS)[]).flatMap((name) => {
		const value = options[name];
		return value ? [(AUGMENTATIONS[name] as Augmentation).create(value, size)] : [];
	});
	return (image, mask, random) => {
		for (const augment of chosen) augment(image, mask, random);
	};
}
