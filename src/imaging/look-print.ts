/** What an image looks like, in 4 kB: small, and independent of how bright the light was and where it came from. */
import { fitPixels } from './decode-image.ts';
import type { Pixels } from './pixels.ts';

/** Width and height of a print, in pixels. */
export const PRINT_SIDE = 64;

/** int8 [64, 64]: detail in units of the detail around it, times 32; all zero for a blank image. */
export type LookPrint = Int8Array;

/** Half the width of the neighbourhood that detail is compared with. */
const REACH = 4;

/** Detail below this, in grey levels, is noise of a blank image. */
const BLANK = 0.5;

/**
 * Stretches to 64 × 64 grey pixels, takes away the mean of each pixel's 9 × 9 neighbourhood and divides by its standard
 * deviation (local contrast normalisation, Jarrett et al. 2009, "What is the best multi-stage architecture for object
 * recognition?"), with half the image's own deviation added so that the noise of even areas stays small.
 */
export async function lookPrint(pixels: Pixels): Promise<LookPrint> {
	const grey = await fitPixels(pixels, { channels: 1, width: PRINT_SIDE, height: PRINT_SIDE });
	const values = softened(new Float32Array(grey.data));
	const mean = neighbourhoodMean(values);
	const detail = values.map((value, i) => value - mean[i]);
	const squares = detail.map((value) => value * value);
	const overall = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / squares.length);
	const print = new Int8Array(values.length);
	if (overall < BLANK) return print;
	const variance = neighbourhoodMean(squares);
	for (let i = 0; i < print.length; i++) {
		const relative = detail[i] / (Math.sqrt(variance[i]) + 0.5 * overall);
		print[i] = Math.max(-127, Math.min(127, Math.round(32 * relative)));
	}
	return print;
}

/** Mean of (2 · REACH + 1)² pixels, mirrored at the borders; along x, then along y. */
function neighbourhoodMean(values: Float32Array): Float32Array {
	return meanAlong(meanAlong(values, 1, PRINT_SIDE), PRINT_SIDE, 1);
}

/** @param step from pixel to pixel of a line; @param next from line to line */
function meanAlong(values: Float32Array, step: number, next: number): Float32Array {
	const result = new Float32Array(values.length);
	const line = new Float32Array(PRINT_SIDE + 2 * REACH + 1);
	for (let start = 0, n = 0; n < PRINT_SIDE; n++, start += next) {
		for (let k = 0; k < line.length; k++) line[k] = values[start + mirrored(k - REACH) * step];
		let sum = 0;
		for (let k = 0; k <= 2 * REACH; k++) sum += line[k];
		for (let k = 0; k < PRINT_SIDE; k++) {
			result[start + k * step] = sum / (2 * REACH + 1);
			sum += line[k + 2 * REACH + 1] - line[k];
		}
	}
	return result;
}

function mirrored(k: number): number {
	return k < 0 ? -k - 1 : k >= PRINT_SIDE ? 2 * PRINT_SIDE - 1 - k : k;
}

/** Binomial weights ¼ ½ ¼ along both axes: fine grain is the camera's noise, which no two exposures share. */
function softened(values: Float32Array): Float32Array {
	return softenedAlong(softenedAlong(values, 1, PRINT_SIDE), PRINT_SIDE, 1);
}

/** @param step from pixel to pixel of a line; @param next from line to line */
function softenedAlong(values: Float32Array, step: number, next: number): Float32Array {
	const result = values.slice();
	for (let line = 0; line < PRINT_SIDE; line++)
		for (let k = 1; k < PRINT_SIDE - 1; k++) {
			const i = line * next + k * step;
			result[i] = (values[i - step] + 2 * values[i] + values[i + step]) / 4;
		}
	return result;
}
