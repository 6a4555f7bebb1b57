/** What goes wrong with pictures on a line, done to frames that were fine. */
import type { Random } from '../../base/random.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import { renderPart } from '../../imaging/simulated-line/simulated-line.ts';

export type FrameChange = (pixels: Pixels, random: Random) => Pixels;

/** The surface that no reference holds. */
export const NEW_SURFACE = 'woven';

export const FRAME_CHANGES: Readonly<Record<string, FrameChange>> = {
	'10 % less exposure': (pixels) => mapped(pixels, (value) => 0.9 * value),
	'blur of 1 pixel': blurred,
	'new texture': retextured,
};

function mapped(pixels: Pixels, change: (value: number, i: number) => number): Pixels {
	const { data } = pixels;
	return {
		...pixels,
		data: Uint8Array.from(data, (value, i) => Math.max(0, Math.min(255, Math.round(change(value, i))))),
	};
}

/** Weights of a Gaussian whose standard deviation is 1 pixel. */
const WEIGHTS = [0.0545, 0.2442, 0.4026, 0.2442, 0.0545];
/** Grey levels of sensor noise: the lens blurs before the sensor adds it, so that a blurred picture is not without noise. */
const NOISE = 1.2;

function blurred(pixels: Pixels, random: Random): Pixels {
	const { width, height, channels, data } = pixels;
	const along = (values: ArrayLike<number>, dx: number, dy: number) => {
		const result = new Float32Array(values.length);
		for (let y = 0, i = 0; y < height; y++)
			for (let x = 0; x < width; x++)
				for (let c = 0; c < channels; c++, i++)
					for (let k = -2; k <= 2; k++) {
						const row = Math.max(0, Math.min(height - 1, y + k * dy));
						const column = Math.max(0, Math.min(width - 1, x + k * dx));
						result[i] += WEIGHTS[k + 2] * values[(row * width + column) * channels + c];
					}
		return result;
	};
	const soft = along(along(data, 1, 0), 0, 1);
	return mapped(pixels, (_, i) => soft[i] + NOISE * random.normal());
}

/** Another surface with the mean and the standard deviation of the frame it replaces. */
function retextured(pixels: Pixels, random: Random): Pixels {
	const { width, height, channels, data } = pixels;
	const side = Math.max(64, width, height);
	const request = { seed: random.integer(2 ** 31), index: 0, width: side, height: side, surface: NEW_SURFACE } as const;
	const surface = renderPart(request).pixels.data;
	const at = (i: number) =>
		surface[Math.floor(Math.floor(i / channels) / width) * side + (Math.floor(i / channels) % width)];
	const placed = Float32Array.from(data, (_, i) => at(i));
	const [have, want] = [momentsOf(placed), momentsOf(data)];
	return mapped(pixels, (_, i) => want.mean + ((placed[i] - have.mean) * want.deviation) / have.deviation);
}

function momentsOf(values: ArrayLike<number>): { mean: number; deviation: number } {
	let sum = 0;
	let squares = 0;
	for (let i = 0; i < values.length; i++) {
		sum += values[i];
		squares += values[i] * values[i];
	}
	const mean = sum / values.length;
	return { mean, deviation: Math.max(1e-6, Math.sqrt(Math.max(0, squares / values.length - mean * mean))) };
}
