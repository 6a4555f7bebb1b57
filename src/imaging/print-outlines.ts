/** The coarse look of prints, in 63 numbers each: enough to leave out almost all pairs of images that are not alike. */
import { type LookPrint, PRINT_SIDE } from './look-print.ts';

/** Waves along each axis that an outline keeps; a shift by a few per cent hardly changes them. */
const WAVES = 8;

export const OUTLINE = {
	/** Numbers of an outline. */
	size: WAVES * WAVES - 1,
	/** The first of them, which differ most from image to image. */
	head: 16,
} as const;

export interface Outlines {
	/** n outlines of length 1, row by row; their product is their correlation. */
	readonly outlines: Float32Array;
	/** Length of each outline without its head. */
	readonly rests: Float32Array;
}

/**
 * The lowest 8 × 8 coefficients of the discrete cosine transform but the mean, as pHash takes them (Zauner 2010,
 * "Implementation and benchmarking of perceptual image hash functions"), kept as numbers instead of bits.
 */
export function outlinesOf(prints: readonly LookPrint[]): Outlines {
	const { size, head } = OUTLINE;
	const raw = new Float32Array(prints.length * size);
	for (const [n, print] of prints.entries()) raw.set(outlineOf(print), n * size);
	const order = byVariance(raw, prints.length);
	const outlines = new Float32Array(raw.length);
	for (let at = 0; at < raw.length; at += size) for (let k = 0; k < size; k++) outlines[at + k] = raw[at + order[k]];
	const rests = Float32Array.from(prints, (_, n) => Math.hypot(...outlines.subarray(n * size + head, (n + 1) * size)));
	return { outlines, rests };
}

/** cos(π (x + ½) wave / 64), one row a wave. */
const COSINES = Array.from({ length: WAVES }, (_, wave) =>
	Float32Array.from({ length: PRINT_SIDE }, (_, x) => Math.cos((Math.PI * (x + 0.5) * wave) / PRINT_SIDE)),
);

function outlineOf(print: LookPrint): Float32Array {
	const lines = new Float32Array(WAVES * PRINT_SIDE);
	for (let y = 0; y < PRINT_SIDE; y++)
		for (let wave = 0; wave < WAVES; wave++) {
			let sum = 0;
			for (let x = 0, i = y * PRINT_SIDE; x < PRINT_SIDE; x++, i++) sum += COSINES[wave][x] * print[i];
			lines[wave * PRINT_SIDE + y] = sum;
		}
	const outline = new Float32Array(OUTLINE.size);
	for (let k = 1; k <= outline.length; k++) {
		const along = COSINES[Math.floor(k / WAVES)];
		const from = (k % WAVES) * PRINT_SIDE;
		let sum = 0;
		for (let y = 0; y < PRINT_SIDE; y++) sum += along[y] * lines[from + y];
		// The transform is orthonormal up to a factor that the mean along an axis has more of.
		outline[k - 1] = k < WAVES || k % WAVES === 0 ? sum * Math.SQRT1_2 : sum;
	}
	const length = Math.hypot(...outline);
	return length > 0 ? outline.map((value) => value / length) : outline;
}

/** Places of the numbers, the one that varies most first. */
function byVariance(raw: Float32Array, count: number): number[] {
	const { size } = OUTLINE;
	const energy = new Float64Array(size);
	for (let n = 0; n < count; n++) for (let k = 0; k < size; k++) energy[k] += raw[n * size + k] ** 2;
	return Array.from(energy.keys()).sort((a, b) => energy[b] - energy[a]);
}
