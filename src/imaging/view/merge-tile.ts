/** Tiles of a map are put together: where they overlap, the highest value counts. */
import type { Size, ViewLayout } from './lay-out-view.ts';

/**
 * The maximum, not a mean: a defect that one tile sees whole and the next only the end of is then marked whole; a part whose
 * score one tile decides always shows why; and every value is one that the model gave, none an average of two.
 *
 * @param values of one tile, in [0,1]
 * @param whole of the size seen, all 0 before the first tile
 * @param labels the likeliest class of each pixel of the tile; the one of the highest value is kept in `wholeLabels`
 */
export function mergeTile(
	values: Float32Array,
	at: { readonly x: number; readonly y: number },
	{ seen, tile }: Pick<ViewLayout, 'seen' | 'tile'>,
	whole: Float32Array,
	labels?: Uint8Array,
	wholeLabels?: Uint8Array,
): void {
	const { width, height } = insideOf(at, tile, seen);
	for (let y = 0; y < height; y++) {
		let from = y * tile.width;
		let to = (at.y + y) * seen.width + at.x;
		for (let x = 0; x < width; x++, from++, to++) {
			if (!(values[from] > whole[to])) continue;
			whole[to] = values[from];
			if (labels && wholeLabels) wholeLabels[to] = labels[from];
		}
	}
}

/** A tile that is larger than what is seen was filled up. */
function insideOf(at: { readonly x: number; readonly y: number }, tile: Size, seen: Size): Size {
	return { width: Math.min(tile.width, seen.width - at.x), height: Math.min(tile.height, seen.height - at.y) };
}
