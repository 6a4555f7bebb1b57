/** Draws what a model saw onto the picture: heat where it suspects a defect, outlines of masks, boxes. For people only. */
import { type Mask, type Pixels, toRgb } from './pixels.ts';

export type Colour = readonly [red: number, green: number, blue: number];

export interface Box {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export interface Overlay {
	/** Defect probabilities in [0,1], of the picture's size; shown as heat from about 0.1 on. */
	readonly heat?: Float32Array;
	/** Masks whose outline is drawn, of the picture's size. */
	readonly outlines?: readonly { readonly mask: Mask | Uint8Array; readonly colour: Colour }[];
	readonly boxes?: readonly { readonly box: Box; readonly colour: Colour }[];
}

/** The picture as RGB with the overlay drawn on it; the given pixels stay as they are. */
export function drawOverlay(pixels: Pixels, overlay: Overlay): Pixels {
	const picture = toRgb(pixels);
	if (overlay.heat) drawHeat(picture, overlay.heat);
	for (const { mask, colour } of overlay.outlines ?? [])
		drawOutline(picture, 'data' in mask ? mask.data : mask, colour);
	for (const { box, colour } of overlay.boxes ?? []) drawBox(picture, box, colour);
	return picture;
}

/** Yellow where doubtful to red where sure; covers at most 60 % so that the defect stays visible. */
function drawHeat({ data }: Pixels, heat: Float32Array): void {
	for (let i = 0; i < heat.length; i++) {
		const p = heat[i];
		if (p < 0.1) continue;
		const cover = 0.6 * p;
		data[3 * i] += (255 - data[3 * i]) * cover;
		data[3 * i + 1] += (220 * (1 - p) - data[3 * i + 1]) * cover;
		data[3 * i + 2] -= data[3 * i + 2] * cover;
	}
}

/** The sound pixels that touch the mask by an edge, so that the defect itself is not covered. */
function drawOutline({ width, height, data }: Pixels, mask: Uint8Array, colour: Colour): void {
	for (let y = 0, i = 0; y < height; y++)
		for (let x = 0; x < width; x++, i++) {
			if (mask[i] > 0) continue;
			const beside = (x > 0 && mask[i - 1]) || (x < width - 1 && mask[i + 1]);
			if (beside || (y > 0 && mask[i - width]) || (y < height - 1 && mask[i + width])) data.set(colour, 3 * i);
		}
}

/** A frame one pixel around the box. */
function drawBox({ width, height, data }: Pixels, box: Box, colour: Colour): void {
	const left = box.x - 1;
	const top = box.y - 1;
	const right = box.x + box.width;
	const bottom = box.y + box.height;
	const dot = (x: number, y: number) => {
		if (x >= 0 && y >= 0 && x < width && y < height) data.set(colour, 3 * (y * width + x));
	};
	for (let x = left; x <= right; x++) {
		dot(x, top);
		dot(x, bottom);
	}
	for (let y = top; y <= bottom; y++) {
		dot(left, y);
		dot(right, y);
	}
}
