/** What lamp, lens and sensor make of the part: uneven light, a little blur, noise, eight bits. */
import type { Random } from '../../base/random.ts';
import type { Canvas } from './canvas.ts';

/** @returns grey values */
export function photograph(canvas: Canvas, random: Random): Uint8Array {
	illuminate(canvas, random);
	blur(canvas, random.between(0.08, 0.14));
	return expose(canvas, random);
}

/** Level, gradient and vignette of the lamp. */
function illuminate({ width, height, light }: Canvas, random: Random): void {
	const level = random.between(0.88, 1.14);
	const angle = random.between(0, 2 * Math.PI);
	const tilt = random.between(0, 0.14);
	const gx = (Math.cos(angle) * tilt * 2) / width;
	const gy = (Math.sin(angle) * tilt * 2) / height;
	const reach = 0.1 / (width * width + height * height);
	for (let y = 0, i = 0; y < height; y++) {
		const cy = y - height / 2;
		for (let x = 0; x < width; x++, i++) {
			const cx = x - width / 2;
			light[i] *= level * (1 + gx * cx + gy * cy - reach * 4 * (cx * cx + cy * cy));
		}
	}
}

/** Three-point blur in both directions, edges repeated; `k` is the weight of each neighbour. */
function blur({ width, height, light }: Canvas, k: number): void {
	const centre = 1 - 2 * k;
	for (let y = 0, i = 0; y < height; y++) {
		let before = light[i];
		for (let x = 1; x < width; x++, i++) {
			const here = light[i];
			light[i] = centre * here + k * (before + light[i + 1]);
			before = here;
		}
		light[i] = (centre + k) * light[i] + k * before;
		i++;
	}
	const above = light.slice(0, width);
	for (let y = 0; y < height; y++) {
		const below = y < height - 1 ? width : 0;
		for (let x = 0, i = y * width; x < width; x++, i++) {
			const here = light[i];
			light[i] = centre * here + k * (above[x] + light[i + below]);
			above[x] = here;
		}
	}
}

/** Shot noise grows with the light, read noise does not. */
function expose({ light }: Canvas, random: Random): Uint8Array {
	const grey = new Uint8Array(light.length);
	const read = random.between(0.8, 1.8);
	for (let i = 0; i < light.length; i++) {
		// Two uniform numbers make a triangle of standard deviation 0.41: near enough to a bell for a few grey levels.
		const noise = (random.uniform() + random.uniform() - 1) * 2.45;
		const value = light[i] * 255 + noise * (read + 1.6 * light[i]) + 0.5;
		grey[i] = Math.max(0, Math.min(value, 255));
	}
	return grey;
}
