/** What an augmentation is: a change of one sample that a real line could have made, with the mask kept true. */
import type { z } from 'zod';
import type { Random } from '../../base/random.ts';

export interface SampleSize {
	readonly width: number;
	readonly height: number;
	readonly channels: 1 | 3;
}

/** Changes an image (float32 [H,W,C] in [0,1]) and its mask (float32 [H,W] of labels, 0 = sound) in place. */
export type AugmentSample = (image: Float32Array, mask: Float32Array, random: Random) => void;

export interface Augmentation<S extends z.ZodType = z.ZodType> {
	readonly optionsSchema: S;
	/** Allocates what it needs once, for samples of one size. */
	create(options: z.infer<S>, size: SampleSize): AugmentSample;
}

/** Ties an augmentation's options to its schema. */
export function augmentation<S extends z.ZodType>(
	optionsSchema: S,
	create: (options: z.infer<S>, size: SampleSize) => AugmentSample,
): Augmentation<S> {
	return { optionsSchema, create };
}
