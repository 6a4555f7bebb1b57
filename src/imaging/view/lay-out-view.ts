/** Where a view lies on an image of a given size: which pixels it takes, at which size they are seen, and where tiles begin. */
import { AndonError } from '../../base/errors.ts';
import { isShares, type View } from './view.ts';

export interface Size {
	readonly width: number;
	readonly height: number;
}

export interface Region extends Size {
	readonly x: number;
	readonly y: number;
}

export interface ViewLayout {
	/** Pixels of the camera that are seen. */
	readonly roi: Region;
	/** The size that they are seen in, which masks and defects are in. */
	readonly seen: Size;
	/** What the model takes. */
	readonly tile: Size;
	/** Where columns and rows of tiles begin, in pixels of what is seen; they cover all of it. */
	readonly columns: readonly number[];
	readonly rows: readonly number[];
	/** Upper left corners, row by row. */
	readonly tiles: readonly { readonly x: number; readonly y: number }[];
}

/** More would take longer than any line waits, and is a mistake in the numbers. */
const MOST_TILES = 1024;

/**
 * Neighbouring tiles overlap by at least what the view says, all of a row alike but for a pixel. Where less than a tile is
 * seen there is one, at 0.
 *
 * @param input of the model
 * @throws FRAME_SIZE_WRONG when the region leaves the image; CONFIG_INVALID when no tiles can be laid out so
 */
export function layOutView(view: View | undefined, image: Size, input: Size): ViewLayout {
	const roi = regionOf(view?.roi, image);
	const tile = { width: input.width, height: input.height };
	const tiles = view?.tiles;
	if (!tiles) return { roi, seen: tile, tile, columns: [0], rows: [0], tiles: [{ x: 0, y: 0 }] };
	const across = alongAxis(roi.width, tile.width, tiles, tiles.columns);
	const down = alongAxis(roi.height, tile.height, tiles, tiles.rows);
	if (across.starts.length * down.starts.length > MOST_TILES)
		throw invalid(
			`at most ${MOST_TILES} tiles`,
			`${across.starts.length} × ${down.starts.length}`,
			'Choose a smaller scale, overlap or region.',
		);
	return {
		roi,
		seen: { width: across.length, height: down.length },
		tile,
		columns: across.starts,
		rows: down.starts,
		tiles: down.starts.flatMap((y) => across.starts.map((x) => ({ x, y }))),
	};
}

/** Whether what is seen has the pixels of the camera, none of them computed. */
export function isExact({ roi, seen }: ViewLayout): boolean {
	return roi.width === seen.width && roi.height === seen.height;
}

function regionOf(roi: View['roi'], image: Size): Region {
	if (!roi) return { x: 0, y: 0, width: image.width, height: image.height };
	if (isShares(roi)) {
		const [left, right] = edges(roi.x, roi.width, image.width);
		const [top, bottom] = edges(roi.y, roi.height, image.height);
		return { x: left, y: top, width: right - left, height: bottom - top };
	}
	if (roi.x + roi.width <= image.width && roi.y + roi.height <= image.height) return { ...roi };
	throw new AndonError('FRAME_SIZE_WRONG', {
		expected: `an image with the region of interest in it, to ${roi.x + roi.width} × ${roi.y + roi.height} pixels`,
		found: `${image.width} × ${image.height}`,
		fix: "Check the camera's own region of interest, or correct `view.roi`.",
	});
}

/** Rounded edges rather than sizes: regions that touch in shares touch in pixels. */
function edges(start: number, length: number, size: number): [number, number] {
	const from = Math.min(size - 1, Math.round(start * size));
	return [from, Math.max(from + 1, Math.round((start + length) * size))];
}

type Tiles = NonNullable<View['tiles']>;

/** @param length of the region along this axis, and of a tile, in pixels */
function alongAxis(length: number, tile: number, { overlap, scale = 1 }: Tiles, count: number | undefined) {
	if (count === undefined) {
		const least = overlap < 1 ? Math.ceil(overlap * tile) : Math.ceil(overlap * scale);
		const seen = Math.max(1, Math.round(length * scale));
		return { length: seen, starts: startsOf(seen, tile, least, overlap) };
	}
	// Each tile is stretched alike: `overlap` pixels of the camera are `least` of what is seen.
	const stretched = (overlap * tile * count) / (length + (count - 1) * overlap);
	const least = Math.ceil(overlap < 1 ? overlap * tile : stretched);
	const seen = count * tile - (count - 1) * least;
	return { length: seen, starts: startsOf(seen, tile, least, overlap) };
}

/** As few as cover the length, evenly spread: each step is at most a tile less the overlap. */
function startsOf(length: number, tile: number, least: number, overlap: number): number[] {
	if (least >= tile)
		throw invalid(
			`an overlap of less than a tile, which is ${tile} pixels of the model`,
			`${overlap}, which is ${least} pixels of the model`,
			'Choose a smaller `view.tiles.overlap`, or a smaller scale.',
		);
	if (length <= tile) return [0];
	const count = Math.ceil((length - least) / (tile - least));
	return Array.from({ length: count }, (_, i) => Math.floor((i * (length - tile)) / (count - 1)));
}

function invalid(expected: string, found: string, fix: string): AndonError {
	return new AndonError('CONFIG_INVALID', { expected, found, fix });
}
