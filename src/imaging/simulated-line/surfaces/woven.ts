/** Woven cloth running under the camera: a 2/1 twill that fills the frame. */
import { addNoise, lineNoise } from '../noise.ts';
import type { Surface } from './surface.ts';

/** Distance between threads, in units. */
const PITCH = 5.2;

export const woven: Surface = {
	turn: 0.05,
	shift: 40,
	busyness: 2,
	paint(canvas, random) {
		const { width, height, light, part, pose } = canvas;
		const warpPull = new Float32Array(light.length);
		const weftPull = new Float32Array(light.length);
		addNoise(warpPull, canvas, { u: 26, v: 60, amplitude: 0.9 }, random);
		addNoise(weftPull, canvas, { u: 60, v: 26, amplitude: 0.9 }, random);
		light.fill(0);
		addNoise(light, canvas, { u: 1.1, v: 1.1, amplitude: 0.03 }, random);
		addNoise(light, canvas, { u: 30, v: 30, amplitude: 0.018 }, random);
		const warpTone = lineNoise(256, 0.028, random);
		const weftTone = lineNoise(256, 0.036, random);
		for (let y = 0, i = 0; y < height; y++) {
			let u = pose.u0 - y * pose.dv;
			let v = pose.v0 + y * pose.du;
			for (let x = 0; x < width; x++, i++, u += pose.du, v += pose.dv) {
				const p = (u + warpPull[i]) / PITCH + 4098;
				const q = (v + weftPull[i]) / PITCH + 4098;
				const warp = Math.floor(p);
				const weft = Math.floor(q);
				const a = p - warp - 0.5;
				const b = q - weft - 0.5;
				// Over two, under one, one step further on each row.
				const over = (warp + weft) % 3;
				const onTop = over !== 0;
				const round = onTop ? a : b;
				// Along the thread on top: it dives at the ends of its float.
				const along = onTop ? (over === 1 ? b - 0.5 : b + 0.5) / 2 : a;
				const thread = (1 - 2.6 * round * round) * (1 - 1.5 * along * along);
				const tone = onTop ? 0.56 + warpTone[warp & 255] : 0.4 + weftTone[weft & 255];
				light[i] += tone * (0.3 + 0.7 * Math.max(thread, 0));
				part[i] = 1;
			}
		}
	},
};
