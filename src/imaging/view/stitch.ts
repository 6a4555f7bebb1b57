/** Maps of tiles are put together to one of the whole: where tiles overlap, each counts the more the deeper the pixel lies in it. */
import type { ViewLayout } from './lay-out-view.ts';

/**
 * A mean, weighted by the distance to the tile's border, because near its border a tile sees padding instead of the surface
 * around. The maximum would keep whatever any tile imagines there: it marks twice as much on sound parts (`docs/views.md`).
 * Weights of neighbours sum to 1, so that a probability stays one.
 */
export class Stitch {
	readonly #layout: ViewLayout;
	readonly #across: Axis;
	readonly #down: Axis;

	constructor(layout: ViewLayout) {
		const { columns, rows, seen, tile } = layout;
		this.#layout = layout;
		this.#across = axisOf(columns, tile.width, seen.width);
		this.#down = axisOf(rows, tile.height, seen.height);
	}

	/**
	 * @param index of the tile in the layout
	 * @param values of the tile, in [0,1]
	 * @param whole of the size seen, all 0 before the first tile
	 */
	add(index: number, values: Float32Array, whole: Float32Array): void {
		const { tile, seen } = this.#layout;
		const { column, row, x: left, y: top } = this.#placeOf(index);
		const across = this.#across.weights[column];
		const down = this.#down.weights[row];
		const [aloneFrom, aloneTo] = this.#across.alone[column];
		for (let y = 0; y < down.length; y++) {
			const from = y * tile.width;
			const to = (top + y) * seen.width + left;
			const blend = (first: number, last: number) => addRow(values, from, whole, to, across, down[y], first, last);
			if (down[y] < 1) blend(0, across.length);
			else {
				blend(0, aloneFrom);
				whole.set(values.subarray(from + aloneFrom, from + aloneTo), to + aloneFrom);
				blend(aloneTo, across.length);
			}
		}
	}

	/** The same for the likeliest classes, which have no mean: each pixel takes that of the tile it lies deepest in. */
	addLabels(index: number, labels: Uint8Array, whole: Uint8Array): void {
		const { tile, seen } = this.#layout;
		const { column, row, x: left, y: top } = this.#placeOf(index);
		const [fromX, toX] = this.#across.own[column];
		const [fromY, toY] = this.#down.own[row];
		for (let y = fromY; y < toY; y++)
			whole.set(
				labels.subarray((y - top) * tile.width + fromX - left, (y - top) * tile.width + toX - left),
				y * seen.width + fromX,
			);
	}

	#placeOf(index: number) {
		const { columns, rows } = this.#layout;
		const [column, row] = [index % columns.length, Math.floor(index / columns.length)];
		return { column, row, x: columns[column], y: rows[row] };
	}
}

/** Some pixels of a row, from `first` to before `last`. */
function addRow(
	values: Float32Array,
	from: number,
	whole: Float32Array,
	to: number,
	across: Float32Array,
	down: number,
	first: number,
	last: number,
): void {
	// At most 1, because weights are rounded.
	for (let x = first; x < last; x++) whole[to + x] = Math.min(1, whole[to + x] + values[from + x] * down * across[x]);
}

interface Axis {
	/** Of each tile along this axis, one weight per pixel that is seen. */
	readonly weights: readonly Float32Array[];
	/** Where each tile is the only one, so that its values are taken as they are: from and to before, in pixels of the tile. */
	readonly alone: readonly (readonly [from: number, to: number])[];
	/** What lies deepest in each tile: from and to before, in pixels seen. */
	readonly own: readonly (readonly [from: number, to: number])[];
}

function axisOf(starts: readonly number[], tile: number, seen: number): Axis {
	const depths = starts.map((start, i) => {
		const isFirst = i === 0;
		const isLast = i === starts.length - 1;
		// The border of the whole is nobody's fault: there only the inner border counts.
		return Float64Array.from({ length: Math.min(tile, seen - start) }, (_, x) =>
			Math.min(isFirst ? tile : x + 0.5, isLast ? tile : tile - x - 0.5),
		);
	});
	const sums = new Float64Array(seen);
	for (const [i, depth] of depths.entries()) for (let x = 0; x < depth.length; x++) sums[starts[i] + x] += depth[x];
	const weights = depths.map((depth, i) => Float32Array.from(depth, (d, x) => d / sums[starts[i] + x]));
	// Neighbours are equally deep in the middle of their overlap.
	const middles = starts.slice(1).map((start, i) => Math.ceil((start + starts[i] + tile) / 2));
	const own = starts.map((_, i) => [middles[i - 1] ?? 0, middles[i] ?? seen] as const);
	const alone = weights.map((list) => {
		const from = list.indexOf(1);
		return from < 0 ? ([0, 0] as const) : ([from, list.lastIndexOf(1) + 1] as const);
	});
	return { weights, alone, own };
}
