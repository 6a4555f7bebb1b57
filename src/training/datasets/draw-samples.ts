/** A sheet of samples with their masks outlined, as they are or as augmentation changes them: to look before training. */
import { Random } from '../../base/random.ts';
import { contactSheet } from '../../imaging/contact-sheet.ts';
import { drawOverlay } from '../../imaging/overlay.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import type { AugmentSample } from '../augment/augmentation.ts';
import type { Dataset, Sample } from './dataset.ts';
import { inParallel } from './in-parallel.ts';

export interface DrawOptions {
	readonly width: number;
	readonly height: number;
	readonly channels: 1 | 3;
	readonly seed: number;
	/** Samples, drawn from all classes in turn. */
	readonly count: number;
	/** Pictures beside each sample, each augmented anew; 0 without `augment`. */
	readonly variants: number;
	readonly augment?: AugmentSample;
}

const RED = [255, 40, 40] as const;

/** One row a sample: as it is, with its mask outlined in red, then augmented variants with theirs. */
export async function drawSamples(dataset: Dataset, options: DrawOptions): Promise<Pixels> {
	const random = new Random(options.seed);
	const rows = await inParallel(pickSamples(dataset, options.count, random), (sample) => dataset.load(sample, options));
	const tiles = rows.flatMap(({ pixels, mask }) => {
		const outlined = (image: Pixels, data: Uint8Array | undefined) =>
			drawOverlay(image, { outlines: data ? [{ mask: data, colour: RED }] : [] });
		const variants = Array.from({ length: options.augment ? options.variants : 0 }, () => {
			const variant = augmented(pixels, mask?.data, options.augment!, random);
			return outlined(variant.pixels, variant.mask);
		});
		return [pixels, outlined(pixels, mask?.data), ...variants];
	});
	return contactSheet(tiles, { columns: tiles.length / rows.length });
}

function pickSamples({ samples, classes, soundClass = classes[0] }: Dataset, count: number, random: Random): Sample[] {
	const lists = [...new Set([...classes, soundClass])].map((name) =>
		random.shuffle(samples.filter((sample) => sample.class === name)),
	);
	const turns = Array.from({ length: count }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1)));
	return turns.flat().slice(0, count);
}

function augmented(pixels: Pixels, mask: Uint8Array | undefined, augment: AugmentSample, random: Random) {
	const image = Float32Array.from(pixels.data, (value) => value / 255);
	const truth = new Float32Array(pixels.width * pixels.height);
	mask?.forEach((value, i) => {
		truth[i] = value > 127 ? 1 : 0;
	});
	augment(image, truth, random);
	return {
		pixels: { ...pixels, data: Uint8Array.from(image, (value) => Math.round(value * 255)) },
		mask: mask && Uint8Array.from(truth, (value) => value * 255),
	};
}
