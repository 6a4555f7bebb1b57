/** The picture that people see of a part: what the model saw, with what it found drawn on it. */
import type { SeenFrame } from '../../bundle/frame-inspector.ts';
import { resizePixels } from '../../imaging/decode-image.ts';
import { encodeJpeg } from '../../imaging/encode-image.ts';
import { type Box, type Colour, drawOverlay } from '../../imaging/overlay.ts';
import { stretchMap } from '../../imaging/stretch-map.ts';
import type { Size } from '../../imaging/view/lay-out-view.ts';
import { MASK_THRESHOLD } from '../decision/measure-defects.ts';
import type { Defect } from '../inspection.ts';

const OUTLINE: Colour = [255, 64, 64];

/** What was seen in tiles can be as large as the sensor; a page shows no more than this, and drawing it holds up the line. */
const LONGEST = 1280;

/**
 * @param heat where a model without a mask sees a defect, in [0,1], in the size seen
 * @returns JPEG
 */
export async function drawPreview(
	{ pixels, inspected, layout }: Pick<SeenFrame, 'pixels' | 'inspected' | 'layout'>,
	defects: readonly Defect[],
	heat?: Float32Array,
): Promise<Uint8Array> {
	const { seen } = layout;
	const shown = shownSize(seen);
	const picture = await resizePixels(pixels, shown.width, shown.height);
	const mask = inspected.mask && stretchMap(inspected.mask, seen, shown);
	const outlines = mask
		? [{ mask: Uint8Array.from(mask, (p) => (p > MASK_THRESHOLD ? 255 : 0)), colour: OUTLINE }]
		: [];
	const boxes = defects.map(({ box }) => ({ box: scaled(box, shown.width / seen.width), colour: OUTLINE }));
	return encodeJpeg(drawOverlay(picture, { heat: mask ?? (heat && stretchMap(heat, seen, shown)), outlines, boxes }));
}

function shownSize({ width, height }: Size): Size {
	const scale = Math.min(1, LONGEST / Math.max(width, height));
	return { width: Math.max(1, Math.round(scale * width)), height: Math.max(1, Math.round(scale * height)) };
}

function scaled({ x, y, width, height }: Box, scale: number): Box {
	const [left, top] = [Math.floor(x * scale), Math.floor(y * scale)];
	return {
		x: left,
		y: top,
		width: Math.ceil((x + width) * scale) - left,
		height: Math.ceil((y + height) * scale) - top,
	};
}
