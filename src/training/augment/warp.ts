/** Moves a sample's pixels from any places to any others: what all geometric changes but flips and quarter turns share. */
import type { SampleSize } from './augmentation.ts';

export interface Warp {
	/** Where each pixel of the result comes from, row by row, in pixels; filled before {@link apply}. */
	readonly x: Float32Array;
	readonly y: Float32Array;
	/**
	 * Changes image and mask in place: images are sampled bilinearly, masks take the nearest pixel, so that labels stay
	 * labels; beyond the border the picture is mirrored. When less than half of the defect would be left, nothing changes,
	 * since a part whose defect left the picture would be labelled wrongly.
	 *
	 * @param magnification how many times larger areas get
	 */
	apply(image: Float32Array, mask: Float32Array, magnification: number): void;
}

/** Allocates what it needs once, for samples of one size. */
export function createWarp(size: SampleSize): Warp {
	const area = size.width * size.height;
	const x = new Float32Array(area);
	const y = new Float32Array(area);
	const spareImage = new Float32Array(area * size.channels);
	const spareMask = new Float32Array(area);
	return {
		x,
		y,
		apply(image, mask, magnification) {
			spareMask.set(mask);
			const defect = areaOf(mask);
			if (defect > 0) {
				warpMask(spareMask, mask, size, x, y);
				if (areaOf(mask) < 0.5 * magnification * defect) {
					mask.set(spareMask);
					return;
				}
			}
			spareImage.set(image);
			warpImage(spareImage, image, size, x, y);
		},
	};
}

/** Pixels of any defect. */
function areaOf(mask: Float32Array): number {
	let count = 0;
	for (let i = 0; i < mask.length; i++) if (mask[i] > 0) count++;
	return count;
}

function warpImage(
	from: Float32Array,
	to: Float32Array,
	{ width, height, channels }: SampleSize,
	x: Float32Array,
	y: Float32Array,
): void {
	const stride = width * channels;
	for (let i = 0, n = 0; i < x.length; i++) {
		const column = Math.floor(x[i]);
		const row = Math.floor(y[i]);
		const a = x[i] - column;
		const b = y[i] - row;
		let at = (row * width + column) * channels;
		let right = channels;
		let down = stride;
		if (column < 0 || column >= width - 1 || row < 0 || row >= height - 1) {
			const left = mirror(column, width);
			const top = mirror(row, height);
			at = (top * width + left) * channels;
			right = (mirror(column + 1, width) - left) * channels;
			down = (mirror(row + 1, height) - top) * stride;
		}
		for (let c = 0; c < channels; c++, at++) {
			const upper = from[at] + (from[at + right] - from[at]) * a;
			const lower = from[at + down] + (from[at + down + right] - from[at + down]) * a;
			to[n++] = upper + (lower - upper) * b;
		}
	}
}

function warpMask(
	from: Float32Array,
	to: Float32Array,
	{ width, height }: SampleSize,
	x: Float32Array,
	y: Float32Array,
): void {
	for (let i = 0; i < x.length; i++)
		to[i] = from[mirror(Math.floor(y[i] + 0.5), height) * width + mirror(Math.floor(x[i] + 0.5), width)];
}

/** Reflects an index at the borders, edge pixels not repeated. */
function mirror(index: number, length: number): number {
	if (index >= 0 && index < length) return index;
	if (length === 1) return 0;
	const period = 2 * (length - 1);
	const place = ((index % period) + period) % period;
	return place < length ? place : period - place;
}
