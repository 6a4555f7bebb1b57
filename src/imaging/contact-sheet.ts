/** Many small pictures on one sheet, so that a person can look through a dataset, an augmentation or a run. */
import { type Pixels, toRgb } from './pixels.ts';

export interface SheetOptions {
	readonly columns: number;
	/** Each pixel becomes scale × scale pixels; 1 by default. */
	readonly scale?: number;
}

/** Pixels between tiles. */
const GAP = 2;

/** @param tiles row by row; each cell takes the size of the largest */
export function contactSheet(tiles: readonly Pixels[], { columns, scale = 1 }: SheetOptions): Pixels {
	const cellWidth = Math.max(...tiles.map((tile) => tile.width)) * scale + GAP;
	const cellHeight = Math.max(...tiles.map((tile) => tile.height)) * scale + GAP;
	const width = Math.min(columns, tiles.length) * cellWidth - GAP;
	const height = Math.ceil(tiles.length / columns) * cellHeight - GAP;
	const data = new Uint8Array(3 * width * height).fill(255);
	tiles.forEach((tile, n) => {
		const left = (n % columns) * cellWidth;
		const top = Math.floor(n / columns) * cellHeight;
		const rgb = toRgb(tile).data;
		for (let y = 0; y < tile.height * scale; y++)
			for (let x = 0; x < tile.width * scale; x++) {
				const from = 3 * (Math.floor(y / scale) * tile.width + Math.floor(x / scale));
				data.set(rgb.subarray(from, from + 3), 3 * ((top + y) * width + left + x));
			}
	});
	return { width, height, channels: 3, data };
}
