/** A sheet of samples with their masks outlined, as they are and as each augmentation changes them: to look before training. */
import { Random } from '../../base/random.ts';
import { type CaptionedTile, captionedSheet } from '../../imaging/captioned-sheet.ts';
import { drawOverlay } from '../../imaging/overlay.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import type { LabelledPixels } from '../augment/cut-paste.ts';
import type { Dataset, Sample } from './dataset.ts';
import { inParallel } from './in-parallel.ts';
import { labelsOf } from './labels.ts';

export interface DrawOptions {
	readonly width: number;
	readonly height: number;
	readonly channels: 1 | 3;
	readonly seed: number;
	/** Samples, drawn from all classes in turn, a sound one after each defect. */
	readonly count: number;
	/** What is drawn beside each sample. */
	readonly columns: readonly SheetColumn[];
}

/** One way to change samples, drawn in a column of its own. */
export interface SheetColumn {
	readonly title: string;
	/**
	 * Changes a sample in place.
	 *
	 * @param donors other samples with defects, to paste from
	 * @returns false when it has nothing to do with this sample, whose place then stays blank
	 */
	change(sample: DrawnSample, donors: readonly LabelledPixels[], random: Random): boolean;
}

export interface DrawnSample extends LabelledPixels {
	readonly defective: boolean;
}

/** Of outlines of masks. */
export const RED = [255, 40, 40] as const;

/** Defects to paste from. */
const DONORS = 8;

/** One row a sample: as it is, with its mask outlined in red, then as each column changes it. */
export async function drawSamples(dataset: Dataset, options: DrawOptions): Promise<Pixels> {
	const random = new Random(options.seed);
	const load = async (sample: Sample) => ({ sample, ...(await dataset.load(sample, options)) });
	const donors = (await inParallel(pickDonors(dataset, random), load)).filter(({ mask }) => mask).map(labelled);
	const loaded = await inParallel(pickSamples(dataset, options.count, random), load);
	const tiles = loaded.flatMap(({ sample, pixels, mask }) => {
		const first: CaptionedTile = { pixels, caption: [`${sample.class} · ${sample.id}`] };
		const changed = options.columns.map(({ change }) => {
			const copy = { ...labelled({ pixels, mask }), defective: sample.defective };
			return { pixels: change(copy, donors, random) ? drawn(copy, pixels) : blank(pixels) };
		});
		return [first, { pixels: outlined(pixels, mask?.data) }, ...changed];
	});
	const titles = ['as it is', 'mask', ...options.columns.map(({ title }) => title)];
	return captionedSheet(tiles, { columns: titles.length, titles, captionColumns: titles.length });
}

/** Samples of all classes in turn, a sound one after each defect. */
export function pickSamples(dataset: Dataset, count: number, random: Random): Sample[] {
	const lists = new Map(
		[...labelsOf(dataset).keys()].map((name) => [
			name,
			random.shuffle(dataset.samples.filter((sample) => sample.class === name)),
		]),
	);
	const { classes, soundClass } = dataset;
	const order = soundClass === undefined ? classes : classes.flatMap((name) => [name, soundClass]);
	const picked: Sample[] = [];
	while (picked.length < count && order.some((name) => lists.get(name)!.length > 0))
		for (const name of order) picked.push(...lists.get(name)!.splice(0, 1));
	return picked.slice(0, count);
}

function pickDonors({ samples }: Dataset, random: Random): Sample[] {
	return random.shuffle(samples.filter(({ defective }) => defective)).slice(0, DONORS);
}

/** Floats as augmentations take them; every defect counts as label 1. */
function labelled({ pixels, mask }: { pixels: Pixels; mask: { data: Uint8Array } | undefined }): LabelledPixels {
	const truth = new Float32Array(pixels.width * pixels.height);
	mask?.data.forEach((value, i) => {
		truth[i] = value > 127 ? 1 : 0;
	});
	return { image: Float32Array.from(pixels.data, (value) => value / 255), mask: truth };
}

function drawn({ image, mask }: LabelledPixels, like: Pixels): Pixels {
	return outlined({ ...like, data: Uint8Array.from(image, (value) => Math.round(value * 255)) }, Uint8Array.from(mask));
}

function outlined(image: Pixels, mask: Uint8Array | undefined): Pixels {
	return drawOverlay(image, { outlines: mask ? [{ mask, colour: RED }] : [] });
}

function blank({ width, height }: Pixels): Pixels {
	return { width, height, channels: 1, data: new Uint8Array(width * height).fill(255) };
}
