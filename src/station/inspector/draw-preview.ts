/** The picture that people see of a part: what the model saw, with what it found drawn on it. */
import { encodeJpeg } from '../../imaging/encode-image.ts';
import { type Colour, drawOverlay } from '../../imaging/overlay.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import type { Inspected } from '../../inference/inspector-model.ts';
import { MASK_THRESHOLD } from '../decision/measure-defects.ts';
import type { Defect } from '../inspection.ts';

const OUTLINE: Colour = [255, 64, 64];

/**
 * @param heat where a model without a mask sees a defect, float32[height,width] in [0,1]
 * @returns JPEG
 */
export function drawPreview(
	pixels: Pixels,
	{ mask }: Inspected,
	defects: readonly Defect[],
	heat?: Float32Array,
): Promise<Uint8Array> {
	const outlines = mask
		? [{ mask: Uint8Array.from(mask, (p) => (p > MASK_THRESHOLD ? 255 : 0)), colour: OUTLINE }]
		: [];
	const boxes = defects.map(({ box }) => ({ box, colour: OUTLINE }));
	return encodeJpeg(drawOverlay(pixels, { heat: mask ?? heat, outlines, boxes }));
}
