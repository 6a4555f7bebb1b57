/** Many small pictures on one sheet, so that a person can look through a dataset, an augmentation or a run. */
import { type Pixels, toRgb } from './pixels.ts';

export interface SheetOptions {
	readonly columns: number;
	/** Each pixel becomes scale × scale pixels; 1 by default. */
	readonly scale?: number;
	/** Blank pixels above everything, and beneath each row; 0 by default. */
	readonly header?: number;
	readonly footer?: number;
}

/** Where the tiles of a sheet lie, in pixels. */
export interface SheetPlan {
	readonly width: number;
	readonly height: number;
	/** Size of a tile's place. */
	readonly cell: { readonly width: number; readonly height: number };
	place(tile: number): { readonly left: number; readonly top: number };
}

/** Pixels between tiles. */
const GAP = 2;

/** Each cell takes the size of the largest tile. */
export function planSheet(tiles: readonly Pick<Pixels, 'width' | 'height'>[], options: SheetOptions): SheetPlan {
	const { columns, scale = 1, header = 0, footer = 0 } = options;
	const cell = {
		width: Math.max(...tiles.map((tile) => tile.width)) * scale,
		height: Math.max(...tiles.map((tile) => tile.height)) * scale,
	};
	const row = cell.height + footer + GAP;
	return {
		width: Math.min(columns, tiles.length) * (cell.width + GAP) - GAP,
		height: header + Math.ceil(tiles.length / columns) * row - GAP,
		cell,
		place: (tile) => ({
			left: (tile % columns) * (cell.width + GAP),
			top: header + Math.floor(tile / columns) * row,
		}),
	};
}

/** @param tiles row by row */
export function contactSheet(tiles: readonly Pixels[], options: SheetOptions): Pixels {
	const { scale = 1 } = options;
	const { width, height, place } = planSheet(tiles, options);
	const data = new Uint8Array(3 * width * height).fill(255);
	tiles.forEach((tile, n) => {
		const { left, top } = place(n);
		const rgb = toRgb(tile).data;
		for (let y = 0; y < tile.height * scale; y++)
			for (let x = 0; x < tile.width * scale; x++) {
				const from = 3 * (Math.floor(y / scale) * tile.width + Math.floor(x / scale));
				data.set(rgb.subarray(from, from + 3), 3 * ((top + y) * width + left + x));
			}
	});
	return { width, height, channels: 3, data };
}
