/** The dark rubber belt that parts lie on. */
import type { Random } from '../../../base/random.ts';
import type { Canvas } from '../canvas.ts';
import { addNoise } from '../noise.ts';

export function paintBelt(canvas: Canvas, random: Random): void {
	canvas.light.fill(0.13);
	addNoise(canvas.light, canvas, { u: 1.2, v: 1.2, amplitude: 0.014 }, random);
	addNoise(canvas.light, canvas, { u: 20, v: 20, amplitude: 0.012 }, random);
}

/** Antialiased coverage of a pixel from its signed distance in pixels (negative inside). */
export function coverage(distance: number): number {
	return distance <= -0.5 ? 1 : distance >= 0.5 ? 0 : 0.5 - distance;
}

/** How much of the light a shadow's soft edge lets through, from the signed distance to the shadow's outline in units. */
export function shadow(distance: number): number {
	return distance <= -2.5 ? 0.4 : distance >= 2.5 ? 1 : 0.7 + 0.12 * distance;
}
