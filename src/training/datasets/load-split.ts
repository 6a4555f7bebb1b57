/** Brings a whole split into memory, once, as bytes of one size: what training and evaluation read from. */
import { AndonError } from '../../base/errors.ts';
import type { Dataset, LoadOptions, Sample, Split } from './dataset.ts';
import { inParallel } from './in-parallel.ts';
import { labelsOf } from './labels.ts';

export interface LabelledSample extends Sample {
	/** Place of its class in `classes`. */
	readonly label: number;
}

export interface LoadedSplit {
	/** n · height · width · channels grey or RGB bytes. */
	readonly images: Uint8Array;
	/** n · height · width labels, 0 = sound; empty when loaded without masks, as kinds always are. */
	readonly masks: Uint8Array;
	/** n; 0 where a sample has no mask, so that its zeros in `masks` mean nothing. */
	readonly hasMask: Uint8Array;
	readonly samples: readonly LabelledSample[];
	/** Class names by label, see {@link labelsOf}. */
	readonly classes: readonly string[];
}

export interface SplitOptions extends LoadOptions {
	readonly width: number;
	readonly height: number;
	/** Called after each sample, for a progress display. */
	readonly onSample?: (done: number, total: number) => void;
}

/** @throws DATASET_INVALID when the split is empty, and the error of the first sample that cannot be loaded */
export async function loadSplit(dataset: Dataset, split: Split, options: SplitOptions): Promise<LoadedSplit> {
	return loadSamples(dataset, samplesOf(dataset, split), options);
}

/** @throws DATASET_INVALID when the split is empty */
export function samplesOf(dataset: Dataset, split: Split): readonly Sample[] {
	const samples = dataset.samples.filter((sample) => sample.split === split);
	if (samples.length > 0) return samples;
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
	const labels = labelsOf(dataset);
	const labelled = samples.map((sample) => ({ ...sample, label: labels.get(sample.class)! }));
	const images = new Uint8Array(samples.length * area * options.channels);
	const withMasks = options.withMasks !== false && dataset.soundClass !== undefined;
	const masks = new Uint8Array(withMasks ? samples.length * area : 0);
	const hasMask = new Uint8Array(samples.length);
	let done = 0;
	await inParallel(labelled, async (sample, n) => {
		const { pixels, mask } = await dataset.load(sample, { ...options, withMasks });
		images.set(pixels.data, n * area * options.channels);
		if (mask) {
			hasMask[n] = 1;
			for (let i = 0; i < area; i++) if (mask.data[i] > 127) masks[n * area + i] = sample.label;
		}
		options.onSample?.(++done, samples.length);
	});
	return { images, masks, hasMask, samples: labelled, classes: [...labels.keys()] };
}
