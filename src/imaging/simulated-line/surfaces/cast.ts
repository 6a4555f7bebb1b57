/** A cast-iron flange: rough cast face, turned ring around the bore, three bolt holes; it comes at any angle. */
import type { Random } from '../../../base/random.ts';
import type { Canvas } from '../canvas.ts';
import { addNoise, lineNoise, sampleLine } from '../noise.ts';
import { coverage, paintBelt, shadow } from './belt.ts';
import type { Surface } from './surface.ts';

/** Radii in units: outer edge, turned ring, bore; bolt circle and bolt hole; width of the rounded outer edge. */
const OUTER = 57;
const RING = 25;
const BORE = 14;
const BOLT_CIRCLE = 43;
const BOLT = 4.6;
const EDGE = 4;

export const cast: Surface = {
	turn: Math.PI,
	shift: 2.5,
	busyness: 1.6,
	paint(canvas, random) {
		const { width, height, scale, light, part, pose, lamp } = canvas;
		const grain = embossed(canvas, random);
		paintBelt(canvas, random);
		const grooves = lineNoise(96, 0.035, random);
		const gloss = random.between(0.09, 0.15);
		const lampU = (lamp.x * pose.du - lamp.y * pose.dv) * scale;
		const lampV = (lamp.x * pose.dv + lamp.y * pose.du) * scale;
		for (let y = 0, i = 0; y < height; y++) {
			let u = pose.u0 - y * pose.dv;
			let v = pose.v0 + y * pose.du;
			for (let x = 0; x < width; x++, i++, u += pose.du, v += pose.dv) {
				const r = Math.sqrt(u * u + v * v) + 1e-6;
				if (r > OUTER + 8) continue;
				const inside = coverage((r - OUTER) * scale);
				if (inside < 1) light[i] *= shadow(Math.hypot(u + 3 * lampU, v + 3 * lampV) - OUTER);
				if (inside === 0) continue;
				const facing = (u * lampU + v * lampV) / r;
				let iron = 0.4 + grain[i];
				if (r > OUTER - EDGE) iron += 0.22 * facing * (1 - (OUTER - r) / EDGE);
				let clear = r < OUTER - EDGE - 2;
				if (r < RING + 3) {
					// Turning leaves rings that reflect the lamp as a bow tie.
					const turned =
						0.5 + sampleLine(grooves, (r - BORE) * 2.2 + 4) + gloss * (2 * facing * facing - 1) + 0.2 * grain[i];
					iron += (turned - iron) * coverage((r - RING) * scale);
					if (r > RING) iron *= 0.86;
					if (r < BORE + 3) clear = false;
					if (r < BORE + 2) iron -= 0.22 * facing * coverage((r - BORE - 1.2) * scale);
					if (r < BORE + 1) iron += (0.06 - iron) * coverage((r - BORE) * scale);
				} else if (r > BOLT_CIRCLE - 8 && r < BOLT_CIRCLE + 8) {
					const rim = boltDistance(u, v);
					if (rim < 2.6) clear = false;
					if (rim < 1) iron += (iron * 0.9 - 0.2 * facing - iron) * coverage((rim - 0.8) * scale);
					if (rim < 1) iron += (0.06 - iron) * coverage(rim * scale);
				}
				light[i] += (iron - light[i]) * inside;
				part[i] = clear ? 1 : 0;
			}
		}
	},
};

/** A lumpy skin, lit from the side. */
function embossed(canvas: Canvas, random: Random): Float32Array {
	const { width, height, scale, lamp } = canvas;
	const skin = new Float32Array(width * height);
	addNoise(skin, canvas, { u: 9, v: 9, amplitude: 0.15 }, random);
	addNoise(skin, canvas, { u: 3.6, v: 3.6, amplitude: 0.06 }, random);
	addNoise(skin, canvas, { u: 1.6, v: 1.6, amplitude: 0.03 }, random);
	const lit = new Float32Array(width * height);
	addNoise(lit, canvas, { u: 34, v: 34, amplitude: 0.03 }, random);
	addNoise(lit, canvas, { u: 1.1, v: 1.1, amplitude: 0.018 }, random);
	const kx = -0.5 * scale * lamp.x;
	const ky = -0.5 * scale * lamp.y;
	for (let y = 1; y < height - 1; y++)
		for (let x = 1, i = y * width + 1; x < width - 1; x++, i++)
			lit[i] += (skin[i + 1] - skin[i - 1]) * kx + (skin[i + width] - skin[i - width]) * ky;
	return lit;
}

/** Signed distance to the nearest of the three bolt holes. */
function boltDistance(u: number, v: number): number {
	let nearest = 1e9;
	for (let k = 0; k < 3; k++) {
		const angle = (k * 2 * Math.PI) / 3;
		const du = u - BOLT_CIRCLE * Math.cos(angle);
		const dv = v - BOLT_CIRCLE * Math.sin(angle);
		nearest = Math.min(nearest, du * du + dv * dv);
	}
	return Math.sqrt(nearest) - BOLT;
}
