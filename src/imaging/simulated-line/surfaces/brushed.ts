/** A brushed steel plate with bevelled edges and two countersunk holes. */
import { addNoise, lineNoise, sampleLine } from '../noise.ts';
import { coverage, paintBelt, shadow } from './belt.ts';
import type { Surface } from './surface.ts';

/** Half the plate's side, its corner radius, the bevel's width, and hole places and radii, in units. */
const HALF = 53;
const CORNER = 7;
const BEVEL = 2.2;
const HOLES = [
	{ u: -39, v: -39 },
	{ u: 39, v: 39 },
];
const HOLE = 4.5;
const SINK = 2;

export const brushed: Surface = {
	turn: 0.06,
	shift: 2.5,
	busyness: 1,
	paint(canvas, random) {
		const { width, height, scale, light, part, pose, lamp } = canvas;
		const steel = new Float32Array(light.length);
		addNoise(steel, canvas, { u: 90, v: 2.4, amplitude: 0.03 }, random);
		addNoise(steel, canvas, { u: 45, v: 0.9, amplitude: 0.042 }, random);
		addNoise(steel, canvas, { u: 14, v: 0.6, amplitude: 0.026 }, random);
		addNoise(steel, canvas, { u: 50, v: 50, amplitude: 0.02 }, random);
		paintBelt(canvas, random);
		// Brushed metal reflects a lamp as a bright band across the brushing.
		const band = random.between(-25, 25);
		const bandWidth = random.between(32, 50);
		const bandLight = random.between(0.1, 0.17);
		const waviness = lineNoise(16, 6, random);
		// The lamp in the part's coordinates.
		const lampU = (lamp.x * pose.du - lamp.y * pose.dv) * scale;
		const lampV = (lamp.x * pose.dv + lamp.y * pose.du) * scale;
		for (let y = 0, i = 0; y < height; y++) {
			let u = pose.u0 - y * pose.dv;
			let v = pose.v0 + y * pose.du;
			for (let x = 0; x < width; x++, i++, u += pose.du, v += pose.dv) {
				const outside = box(u, v);
				if (outside > 6) continue;
				const inside = coverage(outside * scale);
				if (inside < 1) light[i] *= shadow(box(u + 2.5 * lampU, v + 2.5 * lampV));
				if (inside === 0) continue;
				const across = (u - band - sampleLine(waviness, 8 + v / 8)) / bandWidth;
				let plate = 0.5 + steel[i] + bandLight / (1 + across * across);
				if (outside > -BEVEL - 1) plate += bevelLight(u, v, lampU, lampV) * coverage(-(outside + BEVEL) * scale);
				let clear = outside < -BEVEL - 2.5;
				for (const hole of HOLES) {
					const du = u - hole.u;
					const dv = v - hole.v;
					const rim = Math.sqrt(du * du + dv * dv) - HOLE;
					if (rim > SINK + 2) continue;
					clear = false;
					if (rim > SINK) continue;
					const facing = (du * lampU + dv * lampV) / (rim + HOLE + 1e-6);
					const sink = plate - 0.1 - 0.24 * facing;
					const sunk = coverage((rim - SINK) * scale);
					plate += (sink - plate) * sunk;
					plate += (0.05 - plate) * coverage(rim * scale);
				}
				light[i] += (plate - light[i]) * inside;
				part[i] = clear ? 1 : 0;
			}
		}
	},
};

/** Signed distance to the plate's outline, in units. */
function box(u: number, v: number): number {
	const a = Math.abs(u) - HALF + CORNER;
	const b = Math.abs(v) - HALF + CORNER;
	const corner = a > 0 && b > 0 ? Math.sqrt(a * a + b * b) : Math.max(a, b);
	return corner - CORNER;
}

function bevelLight(u: number, v: number, lampU: number, lampV: number): number {
	const a = Math.abs(u) - HALF + CORNER;
	const b = Math.abs(v) - HALF + CORNER;
	let nu = a > b ? 1 : 0;
	let nv = 1 - nu;
	if (a > 0 && b > 0) {
		const length = Math.sqrt(a * a + b * b);
		nu = a / length;
		nv = b / length;
	}
	return 0.3 * (Math.sign(u) * nu * lampU + Math.sign(v) * nv * lampV);
}
