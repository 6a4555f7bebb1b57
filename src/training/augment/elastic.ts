/** Bends a sample softly, as cloth, foil and handwriting do: every place moves a little, neighbours together. */
import { z } from 'zod';
import type { Random } from '../../base/random.ts';
import { augmentation, type SampleSize } from './augmentation.ts';
import { createWarp } from './warp.ts';

const options = z.strictObject({
	probability: z.number().min(0).max(1).default(0.5),
	/** Largest move of any place along x and along y, as a share of the smaller side; a sample draws its own. */
	move: z.number().min(0).max(0.5).default(0.03),
	/** How far places move together: standard deviation of the smoothing, as a share of the smaller side. */
	smoothness: z.number().min(0.02).max(0.5).default(0.08),
});

interface Grid {
	readonly columns: number;
	readonly rows: number;
	/** Pixels between nodes. */
	readonly spacing: number;
}

/** Steepest change of the move from pixel to pixel; 1 would fold the picture over. */
const STEEPEST = 0.7;

/**
 * Random moves smoothed by a Gaussian (Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural
 * networks"), drawn on a grid whose spacing is the Gaussian's standard deviation and interpolated bilinearly: the
 * smoothing leaves nothing finer than that. Moves so steep that they would fold the picture are weakened.
 */
export const elastic = augmentation(options, ({ probability, move, smoothness }, size) => {
	const side = Math.min(size.width, size.height);
	const spacing = Math.max(1, smoothness * side);
	const nodes = (length: number) => Math.floor((length - 1) / spacing) + 2;
	const grid = { columns: nodes(size.width), rows: nodes(size.height), spacing };
	const warp = createWarp(size);
	return (image, mask, random) => {
		if (!random.chance(probability)) return;
		const largest = random.between(0, move) * side;
		spread(drawMoves(grid, largest, random), grid, size, warp.x, 1, 0);
		spread(drawMoves(grid, largest, random), grid, size, warp.y, 0, 1);
		warp.apply(image, mask, 1);
	};
});

/** A move at each node, the largest `largest` pixels long unless that is too steep. */
function drawMoves(grid: Grid, largest: number, random: Random): Float32Array {
	const { columns, rows, spacing } = grid;
	// Drawn two nodes wider on each side, so that the smoothing finds neighbours everywhere.
	const noise = new Float32Array((columns + 4) * (rows + 4));
	for (let i = 0; i < noise.length; i++) noise[i] = random.between(-1, 1);
	const moves = smoothed(noise, columns, rows);
	let peak = 0;
	let steepest = 0;
	for (let i = 0; i < moves.length; i++) {
		peak = Math.max(peak, Math.abs(moves[i]));
		if (i % columns > 0) steepest = Math.max(steepest, Math.abs(moves[i] - moves[i - 1]));
		if (i >= columns) steepest = Math.max(steepest, Math.abs(moves[i] - moves[i - columns]));
	}
	const scale = Math.min(largest / peak, (STEEPEST * spacing) / steepest);
	return moves.map((value) => value * scale);
}

/** Binomial weights 1 4 6 4 1 along both axes: variance 1, in nodes. */
function smoothed(noise: Float32Array, columns: number, rows: number): Float32Array {
	const lines = binomial(noise, columns + 4, rows + 4, 1);
	return binomial(lines, columns, rows + 4, columns);
}

/** Along x (`step` 1) from rows of `columns` values to rows 4 shorter, or along y (`step` a row) to 4 rows less. */
function binomial(from: Float32Array, columns: number, rows: number, step: number): Float32Array {
	const [width, height] = step === 1 ? [columns - 4, rows] : [columns, rows - 4];
	const to = new Float32Array(width * height);
	for (let y = 0, i = 0; y < height; y++)
		for (let x = 0, at = y * columns; x < width; x++, i++, at++)
			to[i] =
				(from[at] + 4 * from[at + step] + 6 * from[at + 2 * step] + 4 * from[at + 3 * step] + from[at + 4 * step]) / 16;
	return to;
}

/** Writes `alongX · x + alongY · y + move` for every pixel. */
function spread(
	moves: Float32Array,
	{ columns, spacing }: Grid,
	{ width, height }: SampleSize,
	places: Float32Array,
	alongX: number,
	alongY: number,
): void {
	const line = new Float32Array(columns);
	for (let y = 0, i = 0; y < height; y++) {
		const row = Math.floor(y / spacing);
		const b = y / spacing - row;
		for (let k = 0; k < columns; k++) {
			const upper = moves[row * columns + k];
			line[k] = upper + b * (moves[(row + 1) * columns + k] - upper);
		}
		for (let x = 0; x < width; x++, i++) {
			const column = Math.floor(x / spacing);
			const a = x / spacing - column;
			places[i] = alongX * x + alongY * y + line[column] + a * (line[column + 1] - line[column]);
		}
	}
}
