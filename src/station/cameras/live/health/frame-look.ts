/** What a raw frame looks like, from a few thousand of its pixels: ready long before the next frame comes. */
import type { RawImage } from '../../../../imaging/raw-image.ts';
import { lumaOf } from '../../../../imaging/raw-luma.ts';

export interface FrameLook {
	/** Of the sampled levels: equal frames have equal ones; of unequal frames one in some hundred million pairs does. */
	readonly digest: number;
	/** Grey level that 99 % of the pixels stay below. */
	readonly highlights: number;
	/** Share of the pixels that are white. */
	readonly white: number;
	/** Logarithm of the energy of fine detail over that of coarser detail: neither light nor contrast moves it, a blur does. */
	readonly sharpness: number;
}

/** Places along each axis. */
const ACROSS = 64;
const DOWN = 48;
/** Distances over which detail is measured, pixels; the cells of a colour filter array are 2 wide. */
const FINE = 2;
const COARSE = 8;
/** From this level on a pixel is white. */
const WHITE = 250;
/** Energy of rounding and a little noise, squared grey levels: what even areas are measured against. */
const FLOOR = 0.25;

export function lookAt(image: RawImage): FrameLook {
	const luma = lumaOf(image);
	const histogram = new Uint32Array(256);
	const coarseBy = Math.min(COARSE, image.width >> 2);
	const fineBy = Math.min(FINE, coarseBy);
	const xs = spread(image.width - 1, ACROSS, coarseBy);
	const ys = spread(image.height - 1, DOWN, 0);
	let digest = 0x811c9dc5;
	let fine = 0;
	let coarse = 0;
	for (const y of ys)
		for (const x of xs) {
			const level = luma(x, y);
			histogram[level | 0]++;
			// FNV-1a, a word at a time; the bits beyond a byte count too.
			digest = Math.imul(digest ^ (level * 16), 0x01000193);
			const twice = 2 * level;
			const near = luma(x - fineBy, y) + luma(x + fineBy, y) - twice;
			const far = luma(x - coarseBy, y) + luma(x + coarseBy, y) - twice;
			fine += near * near;
			coarse += far * far;
		}
	const count = Math.max(xs.length * ys.length, 1);
	return {
		digest: digest >>> 0,
		highlights: levelAbove(histogram, 0.99 * count),
		white: histogram.subarray(WHITE).reduce((sum, n) => sum + n, 0) / count,
		sharpness: Math.log((fine / count + FLOOR) / (coarse / count + FLOOR)),
	};
}

/** At most so many places, evenly over the length, and so far from its ends. */
function spread(length: number, places: number, margin: number): number[] {
	const room = Math.max(1, length - 2 * margin);
	const count = Math.min(places, room);
	return Array.from({ length: count }, (_, i) => margin + Math.floor(((i + 0.5) * room) / count));
}

function levelAbove(histogram: Uint32Array, count: number): number {
	let below = 0;
	for (let level = 0; level < 256; level++) {
		below += histogram[level];
		if (below >= count) return level;
	}
	return 255;
}
