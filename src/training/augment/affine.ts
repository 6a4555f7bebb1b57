/** Shifts, zooms and slightly turns a sample: the part lies elsewhere, the camera hangs a little nearer. */
import { z } from 'zod';
import { augmentation, type SampleSize } from './augmentation.ts';

const options = z.strictObject({
	probability: z.number().min(0).max(1).default(0.5),
	/** Largest shift, as a share of width and height. */
	shift: z.number().min(0).max(0.5).default(0.05),
	/** Largest zoom in or out: 0.1 means 0.91 to 1.1. */
	zoom: z.number().min(0).max(1).default(0.1),
	/** Largest turn, in degrees. */
	turn: z.number().min(0).max(180).default(5),
});

/** Where pixel (x, y) of the result comes from: (u0 + du·x − dv·y, v0 + dv·x + du·y). */
interface Warp {
	readonly u0: number;
	readonly v0: number;
	readonly du: number;
	readonly dv: number;
}

/**
 * Images are sampled bilinearly, masks take the nearest pixel; beyond the border the picture is mirrored. A warp that would
 * push more than half of the defect out of the picture is left out.
 */
export const affine = augmentation(options, ({ probability, shift, zoom, turn }, size) => {
	const { width, height, channels } = size;
	const spareImage = new Float32Array(width * height * channels);
	const spareMask = new Float32Array(width * height);
	return (image, mask, random) => {
		if (!random.chance(probability)) return;
		const angle = (random.between(-turn, turn) * Math.PI) / 180;
		const scale = (1 + zoom) ** random.between(-1, 1);
		const du = Math.cos(angle) / scale;
		const dv = Math.sin(angle) / scale;
		const x = (width - 1) / 2 + random.between(-shift, shift) * width;
		const y = (height - 1) / 2 + random.between(-shift, shift) * height;
		const warp = { u0: (width - 1) / 2 - du * x + dv * y, v0: (height - 1) / 2 - dv * x - du * y, du, dv };
		spareMask.set(mask);
		warpMask(spareMask, mask, size, warp);
		// A defective part whose defect left the picture would be labelled wrongly.
		if (areaOf(mask) < 0.5 * scale * scale * areaOf(spareMask)) {
			mask.set(spareMask);
			return;
		}
		spareImage.set(image);
		warpImage(spareImage, image, size, warp);
	};
});

/** Pixels of any defect. */
function areaOf(mask: Float32Array): number {
	let count = 0;
	for (let i = 0; i < mask.length; i++) if (mask[i] > 0) count++;
	return count;
}

function warpImage(from: Float32Array, to: Float32Array, { width, height, channels }: SampleSize, warp: Warp): void {
	const stride = width * channels;
	for (let y = 0, i = 0; y < height; y++) {
		let u = warp.u0 - warp.dv * y;
		let v = warp.v0 + warp.du * y;
		for (let x = 0; x < width; x++, u += warp.du, v += warp.dv) {
			const column = Math.floor(u);
			const row = Math.floor(v);
			const a = u - column;
			const b = v - row;
			const left = mirror(column, width) * channels;
			const right = mirror(column + 1, width) * channels;
			const top = mirror(row, height) * stride;
			const bottom = mirror(row + 1, height) * stride;
			for (let c = 0; c < channels; c++) {
				const upper = from[top + left + c] + (from[top + right + c] - from[top + left + c]) * a;
				const lower = from[bottom + left + c] + (from[bottom + right + c] - from[bottom + left + c]) * a;
				to[i++] = upper + (lower - upper) * b;
			}
		}
	}
}

function warpMask(from: Float32Array, to: Float32Array, { width, height }: SampleSize, warp: Warp): void {
	for (let y = 0, i = 0; y < height; y++) {
		let u = warp.u0 - warp.dv * y + 0.5;
		let v = warp.v0 + warp.du * y + 0.5;
		for (let x = 0; x < width; x++, u += warp.du, v += warp.dv)
			to[i++] = from[mirror(Math.floor(v), height) * width + mirror(Math.floor(u), width)];
	}
}

/** Reflects an index at the borders, edge pixels not repeated. */
function mirror(index: number, length: number): number {
	if (index >= 0 && index < length) return index;
	if (length === 1) return 0;
	const period = 2 * (length - 1);
	const place = ((index % period) + period) % period;
	return place < length ? place : period - place;
}
