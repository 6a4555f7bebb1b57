/** How alike two prints are, wherever the one lies a little beside the other. */
import { type LookPrint, PRINT_SIDE } from './look-print.ts';

/** Largest shift that is tried, in pixels of a print: 6 % of the image. */
const SHIFT = 4;

/**
 * Correlation of two prints in the shift that suits them best, up to 6 % of the image along each axis: about 1 for
 * exposures of one thing, about 0 for two things.
 *
 * Every other shift is tried on every other pixel first, and the neighbours of the best one in full.
 *

 */
export function printSimilarity(a: LookPrint, b: LookPrint): number {
	let best = { dx: 0, dy: 0, value: -1 };
	for (let dy = -SHIFT; dy <= SHIFT; dy += 2)
		for (let dx = -SHIFT; dx <= SHIFT; dx += 2) {
			const value = correlation(a, b, dx, dy, 2);
			if (value > best.value) best = { dx, dy, value };
		}
	let similarity = -1;
	for (let dy = best.dy - 1; dy <= best.dy + 1; dy++)
		for (let dx = best.dx - 1; dx <= best.dx + 1; dx++) similarity = Math.max(similarity, correlation(a, b, dx, dy, 1));
	return similarity;
}

/** Of `a` with `b` moved by (dx, dy), over what they share; prints have a mean of about 0 everywhere. 0 when either is blank. */
function correlation(a: LookPrint, b: LookPrint, dx: number, dy: number, step: number): number {
	const [left, right] = [Math.max(0, dx), PRINT_SIDE + Math.min(0, dx)];
	const [top, bottom] = [Math.max(0, dy), PRINT_SIDE + Math.min(0, dy)];
	let both = 0;
	let own = 0;
	let other = 0;
	for (let y = top; y < bottom; y += step)
		for (let i = y * PRINT_SIDE + left, j = i - dy * PRINT_SIDE - dx, k = left; k < right; k += step) {
			both += a[i] * b[j];
			own += a[i] * a[i];
			other += b[j] * b[j];
			i += step;
			j += step;
		}
	return own > 0 && other > 0 ? both / Math.sqrt(own * other) : 0;
}
