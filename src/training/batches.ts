/** Fills one batch after another: sampled, pasted, augmented, as the network takes them. */
import type { Random } from '../base/random.ts';
import type { AugmentSample } from './augment/augmentation.ts';
import { type CutPasteOptions, cutPaste } from './augment/cut-paste.ts';
import type { Batch } from './engines/engine.ts';
import { imageAt, type LabelledImages, maskAt } from './labelled-images.ts';
import { createSampler, type SamplerOptions } from './sampler.ts';

export interface BatchOptions {
	readonly data: LabelledImages;
	readonly batch: number;
	readonly sampler: SamplerOptions;
	readonly augment: AugmentSample;
	/** Pastes defects of other samples onto this share of the sound ones, which makes them defective. */
	readonly cutPaste?: CutPasteOptions & { readonly probability: number };
	/** Seed of the order in which `shuffle` goes through the images. */
	readonly seed: number;
	readonly withMasks: boolean;
}

/**
 * @param random everything but the order of `shuffle` is drawn from it
 * @returns the batch of a step, counted from 0; its arrays are used again by the next one
 */
export function createBatches(options: BatchOptions, random: Random): (step: number) => Batch {
	const { data, batch, augment } = options;
	const sample = createSampler(data.samples, options.sampler, options.seed);
	const paste = createPaste(options, random);
	const area = data.width * data.height;
	const x = new Float32Array(batch * data.channels * area);
	const masks = new Float32Array(batch * area);
	const label = new Float32Array(batch);
	const image = new Float32Array(area * data.channels);
	return (step) => {
		for (const [slot, index] of sample(batch, step, random).entries()) {
			const mask = masks.subarray(slot * area, (slot + 1) * area);
			copySample(data, index, image, mask);
			label[slot] = paste(index, image, mask) ?? data.samples[index].label;
			augment(image, mask, random);
			toPlanes(image, x.subarray(slot * image.length, (slot + 1) * image.length), data.channels);
		}
		return { x, mask: options.withMasks ? masks : undefined, label };
	};
}

/** Pastes a donor's defect onto some sound samples, in place, and gives the label that the sample has then. */
function createPaste({ data, cutPaste: options }: BatchOptions, random: Random) {
	const donors = data.samples.flatMap(({ defective }, i) => (defective ? [i] : []));
	const donor = {
		image: new Float32Array(data.width * data.height * data.channels),
		mask: new Float32Array(data.width * data.height),
	};
	return (index: number, image: Float32Array, mask: Float32Array): number | undefined => {
		if (!options || donors.length === 0 || data.samples[index].defective) return undefined;
		if (!random.chance(options.probability)) return undefined;
		const from = random.pick(donors);
		copySample(data, from, donor.image, donor.mask);
		return cutPaste({ image, mask }, donor, data, options, random) ? data.samples[from].label : undefined;
	};
}

function copySample(data: LabelledImages, index: number, image: Float32Array, mask: Float32Array): void {
	const bytes = imageAt(data, index);
	for (let i = 0; i < bytes.length; i++) image[i] = bytes[i] / 255;
	if (data.masks.length > 0) mask.set(maskAt(data, index));
	else mask.fill(0);
}

function toPlanes(image: Float32Array, planes: Float32Array, channels: number): void {
	const area = image.length / channels;
	for (let i = 0; i < area; i++) for (let c = 0; c < channels; c++) planes[c * area + i] = image[i * channels + c];
}
