/** Pastes the defect of one sample onto another: rare defects on many sound parts. */
import { z } from 'zod';
import type { Random } from '../../base/random.ts';
import type { SampleSize } from './augmentation.ts';

export const cutPasteOptions = z.strictObject({
	/** Pixels by which the defect is cut out wider than its mask, so that its lips and shadow come along. */
	dilate: z.int().min(0).max(16).default(2),
	/** Pixels over which the cut fades out. */
	feather: z.int().min(0).max(16).default(3),
	/** Largest change of the defect's contrast: 0.3 means 0.7 to 1.3. */
	contrast: z.number().min(0).max(1).default(0.3),
});

export type CutPasteOptions = z.infer<typeof cutPasteOptions>;

/** An image with the mask of its defect; see {@link AugmentSample} for the shapes. */
export interface LabelledPixels {
	readonly image: Float32Array;
	readonly mask: Float32Array;
}

/**
 * Changes `target` in place: the donor's defect, mirrored and moved at random, adds its difference from the donor's own
 * surroundings, so that the target's light and texture stay. The mask gets the donor's labels.
 *
 * @returns whether anything was pasted; false when the donor has no defect
 */
export function cutPaste(
	target: LabelledPixels,
	donor: LabelledPixels,
	{ width, height, channels }: SampleSize,
	options: CutPasteOptions,
	random: Random,
): boolean {
	const box = boxOf(donor.mask, width, height);
	if (!box) return false;
	const reach = options.dilate + options.feather;
	const gain = 1 + random.between(-options.contrast, options.contrast);
	const mirrorX = random.chance(0.5);
	const mirrorY = random.chance(0.5);
	const left = random.integer(width - (box.right - box.left));
	const top = random.integer(height - (box.bottom - box.top));
	const weights = featherOf(donor.mask, width, height, box, options);
	const level = surroundings(donor, weights, width, channels, grown(box, reach + 2, width, height));
	for (let y = Math.max(0, box.top - reach); y <= Math.min(height - 1, box.bottom + reach); y++) {
		const toY = top + (mirrorY ? box.bottom - y : y - box.top);
		if (toY < 0 || toY >= height) continue;
		for (let x = Math.max(0, box.left - reach); x <= Math.min(width - 1, box.right + reach); x++) {
			const toX = left + (mirrorX ? box.right - x : x - box.left);
			const weight = weights[y * width + x];
			if (weight === 0 || toX < 0 || toX >= width) continue;
			const to = toY * width + toX;
			const from = y * width + x;
			for (let c = 0; c < channels; c++) {
				const value = target.image[to * channels + c] + weight * gain * (donor.image[from * channels + c] - level[c]);
				target.image[to * channels + c] = Math.min(1, Math.max(0, value));
			}
			if (donor.mask[from] > 0) target.mask[to] = donor.mask[from];
		}
	}
	return true;
}

interface Box {
	readonly left: number;
	readonly top: number;
	/** Inclusive. */
	readonly right: number;
	readonly bottom: number;
}

function boxOf(mask: Float32Array, width: number, height: number): Box | undefined {
	let left = width;
	let top = height;
	let right = -1;
	let bottom = -1;
	for (let y = 0, i = 0; y < height; y++)
		for (let x = 0; x < width; x++, i++) {
			if (mask[i] === 0) continue;
			left = Math.min(left, x);
			right = Math.max(right, x);
			top = Math.min(top, y);
			bottom = y;
		}
	return right < 0 ? undefined : { left, top, right, bottom };
}

function grown(box: Box, by: number, width: number, height: number): Box {
	return {
		left: Math.max(0, box.left - by),
		top: Math.max(0, box.top - by),
		right: Math.min(width - 1, box.right + by),
		bottom: Math.min(height - 1, box.bottom + by),
	};
}

/** 1 on the dilated mask, falling to 0 over the feather: chessboard distance to the mask, grown ring by ring. */
function featherOf(
	mask: Float32Array,
	width: number,
	height: number,
	box: Box,
	{ dilate, feather }: CutPasteOptions,
): Float32Array {
	let weights = Float32Array.from(mask, (value) => (value > 0 ? 1 : 0));
	for (let ring = 1; ring <= dilate + feather; ring++) {
		const weight = ring <= dilate ? 1 : 1 - (ring - dilate) / (feather + 1);
		const next = weights.slice();
		const { left, top, right, bottom } = grown(box, ring, width, height);
		for (let y = top; y <= bottom; y++)
			for (let x = left; x <= right; x++)
				if (weights[y * width + x] === 0 && touches(weights, x, y, width, height)) next[y * width + x] = weight;
		weights = next;
	}
	return weights;
}

function touches(weights: Float32Array, x: number, y: number, width: number, height: number): boolean {
	for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++)
		for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++)
			if (weights[ny * width + nx] > 0) return true;
	return false;
}

/** Mean of the donor around the cut, per channel; of the whole donor when the cut leaves nothing around it. */
function surroundings(
	{ image }: LabelledPixels,
	weights: Float32Array,
	width: number,
	channels: number,
	box: Box,
): Float64Array {
	const sum = new Float64Array(channels);
	let count = 0;
	for (let y = box.top; y <= box.bottom; y++)
		for (let x = box.left; x <= box.right; x++) {
			const i = y * width + x;
			if (weights[i] > 0) continue;
			count++;
			for (let c = 0; c < channels; c++) sum[c] += image[i * channels + c];
		}
	if (count > 0) return sum.map((value) => value / count);
	for (let i = 0; i < image.length; i++) sum[i % channels] += image[i];
	return sum.map((value) => (value * channels) / image.length);
}
