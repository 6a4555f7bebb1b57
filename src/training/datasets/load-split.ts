/** Brings a whole split into memory, once, as bytes of one size: what training and evaluation read from. */
import { AndonError } from '../../base/errors.ts';
import type { Dataset, LoadOptions, Sample, Split } from './dataset.ts';
import { inParallel } from './in-parallel.ts';

export interface LoadedSplit {
	/** n · height · width · channels grey or RGB bytes. */
	readonly images: Uint8Array;
	/** n · height · width, 1 = defect. */
	readonly masks: Uint8Array;
	/** n; 0 where a defective sample has no mask, so that its zeros in `masks` mean nothing. */
	readonly hasMask: Uint8Array;
	readonly samples: readonly Sample[];
}

export interface SplitOptions extends LoadOptions {
	readonly width: number;
	readonly height: number;
	/** Called after each sample, for a progress display. */
	readonly onSample?: (done: number, total: number) => void;
}

/** @throws DATASET_INVALID when the split is empty, and the error of the first sample that cannot be loaded */
export async function loadSplit(dataset: Dataset, split: Split, options: SplitOptions): Promise<LoadedSplit> {
	const samples = dataset.samples.filter((sample) => sample.split === split);
	if (samples.length > 0) return loadSamples(dataset, samples, options);
	throw new AndonError('DATASET_INVALID', {
		expected: `images in the split ${split} of ${dataset.name}`,
		found: 'none',
		fix: 'Put some of the images there, keeping look-alikes together; `andon dataset check` shows the counts.',
	});
}

/** Like {@link loadSplit}, for any choice of samples. */
export async function loadSamples(
	dataset: Dataset,
	samples: readonly Sample[],
	options: SplitOptions,
): Promise<LoadedSplit> {
	const area = options.width * options.height;
	const images = new Uint8Array(samples.length * area * options.channels);
	const masks = new Uint8Array(samples.length * area);
	const hasMask = new Uint8Array(samples.length);
	let done = 0;
	await inParallel(samples, async (sample, n) => {
		const { pixels, mask } = await dataset.load(sample, options);
		images.set(pixels.data, n * area * options.channels);
		if (mask) {
			hasMask[n] = 1;
			for (let i = 0; i < area; i++) masks[n * area + i] = mask.data[i] > 127 ? 1 : 0;
		}
		options.onSample?.(++done, samples.length);
	});
	return { images, masks, hasMask, samples };
}
