/** Smooth random fields in the part's coordinates: the raw material of every surface. */
import { Random } from '../../base/random.ts';
import type { Canvas } from './canvas.ts';

/** Side of the lattice of random heights, a power of two; fields repeat after this many cells. */
const SIDE = 256;
const MASK = SIDE - 1;
let lattice: Float32Array | undefined;

export interface NoiseShape {
	/** Size of a grain along the part's u and v axis, in units. */
	readonly u: number;
	readonly v: number;
	readonly amplitude: number;
}

/** Adds value noise (mean 0, standard deviation about 0.6 · amplitude) to `field`, at a random place of the lattice. */
export function addNoise(field: Float32Array, canvas: Canvas, shape: NoiseShape, random: Random): void {
	const cells = (lattice ??= drawLattice());
	const { width, height, pose } = canvas;
	const dpx = pose.du / shape.u;
	const dqx = pose.dv / shape.v;
	const p0 = pose.u0 / shape.u + 8192 + random.between(0, SIDE);
	const q0 = pose.v0 / shape.v + 8192 + random.between(0, SIDE);
	for (let y = 0, i = 0; y < height; y++) {
		let p = p0 - (y * pose.dv) / shape.u;
		let q = q0 + (y * pose.du) / shape.v;
		for (let x = 0; x < width; x++, i++, p += dpx, q += dqx) {
			const pi = Math.floor(p);
			const qi = Math.floor(q);
			let a = p - pi;
			let b = q - qi;
			a = a * a * (3 - 2 * a);
			b = b * b * (3 - 2 * b);
			const top = (qi & MASK) * SIDE;
			const bottom = ((qi + 1) & MASK) * SIDE;
			const left = pi & MASK;
			const right = (pi + 1) & MASK;
			const upper = cells[top + left] + (cells[top + right] - cells[top + left]) * a;
			const lower = cells[bottom + left] + (cells[bottom + right] - cells[bottom + left]) * a;
			field[i] += (upper + (lower - upper) * b) * shape.amplitude;
		}
	}
}

/** Smooth noise along a line: heights at whole numbers, linear between. */
export function lineNoise(length: number, amplitude: number, random: Random): Float32Array {
	return Float32Array.from({ length }, () => random.normal() * amplitude);
}

/** The value of {@link lineNoise} at a place that is not a whole number; the ends are continued. */
export function sampleLine(line: Float32Array, at: number): number {
	const place = Math.min(Math.max(at, 0), line.length - 1.001);
	const i = Math.floor(place);
	return line[i] + (line[i + 1] - line[i]) * (place - i);
}

function drawLattice(): Float32Array {
	const random = new Random(0x0a2d0);
	return Float32Array.from({ length: SIDE * SIDE }, () => random.normal());
}
