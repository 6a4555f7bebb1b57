/** An image and its true mask as they are seen through a view. */
import { fitPixels } from '../decode-image.ts';
import { resizeMask } from '../decode-mask.ts';
import type { Mask, Pixels } from '../pixels.ts';
import { cutRegion } from './cut-tile.ts';
import type { Region, Size, ViewLayout } from './lay-out-view.ts';

/** In the size seen, with the one kernel there is; the same pixels when they already fit. */
export function fitView(image: Pixels, { roi, seen }: ViewLayout, channels: 1 | 3): Promise<Pixels> {
	return fitPixels(cutRegion(image, roi), { ...seen, channels });
}

/** The part of a mask that is seen, in the size seen. */
export function fitMask(mask: Mask, { roi, seen }: ViewLayout): Mask {
	return resizeMask(maskIn(mask, roi), seen.width, seen.height);
}

/** A mask of a region, in any size, placed on the whole image; nothing is known outside. */
export function placeMask(mask: Mask, region: Region, { width, height }: Size): Mask {
	const { data } = resizeMask(mask, region.width, region.height);
	const placed = new Uint8Array(width * height);
	for (let y = 0; y < region.height; y++)
		placed.set(data.subarray(y * region.width, (y + 1) * region.width), (region.y + y) * width + region.x);
	return { width, height, data: placed };
}

function maskIn(mask: Mask, roi: Region): Mask {
	const { width, height, data } = cutRegion({ ...mask, channels: 1 }, roi);
	return { width, height, data };
}
