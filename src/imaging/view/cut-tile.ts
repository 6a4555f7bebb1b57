/** Copies pixels out of an image: a tile into the memory that the model reads, or a region as an image of its own. */
import type { Pixels } from '../pixels.ts';
import type { Region, Size } from './lay-out-view.ts';

/**
 * One copy, row by row. What of the tile lies beyond the region is the region mirrored at its edge, so that neither an edge
 * nor a streak appears that a model could take for a defect.
 *
 * @param region of `image` that may be looked at
 * @param at of the tile's upper left corner in the region
 * @param into tile.width · tile.height · channels bytes
 */
export function cutTile(
	image: Pixels,
	region: Region,
	at: { readonly x: number; readonly y: number },
	tile: Size,
	into: Uint8Array,
): void {
	const { channels, data, width } = image;
	const row = tile.width * channels;
	const inside = Math.min(tile.width, region.width - at.x);
	for (let y = 0; y < tile.height; y++) {
		const from = ((region.y + mirrored(at.y + y, region.height)) * width + region.x + at.x) * channels;
		into.set(data.subarray(from, from + inside * channels), y * row);
	}
	if (inside < tile.width) mirrorRows(into, inside, tile, channels);
}

/** A region of an image as an image of its own; the image itself when the region is all of it. */
export function cutRegion(image: Pixels, region: Region): Pixels {
	const { width, height } = region;
	if (width === image.width && height === image.height) return image;
	const data = new Uint8Array(width * height * image.channels);
	cutTile(image, region, { x: 0, y: 0 }, region, data);
	return { width, height, channels: image.channels, data };
}

/** Fills rows behind their first `inside` pixels. Such a tile begins at the region's left edge: no other one is so wide. */
function mirrorRows(into: Uint8Array, inside: number, { width, height }: Size, channels: number): void {
	for (let x = inside; x < width; x++) {
		const source = mirrored(x, inside);
		for (let y = 0; y < height; y++)
			for (let c = 0; c < channels; c++)
				into[(y * width + x) * channels + c] = into[(y * width + source) * channels + c];
	}
}

/** Back and forth over `length` places: … 2 1 0 | 0 1 2 … */
function mirrored(place: number, length: number): number {
	if (place < length) return place;
	const turn = place % (2 * length);
	return turn < length ? turn : 2 * length - 1 - turn;
}
