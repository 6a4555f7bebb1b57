/** Colour mosaics, interpolated bilinearly; beyond an edge the picture is mirrored, which keeps the mosaic's pattern. */
import type { RawImage } from '../raw-image.ts';
import { onePlane, type RowReader } from './row-reader.ts';

/**
 * @param redX column of the first red pixel, 0 or 1
 * @param redY its row, 0 or 1
 */
function mosaic(redX: 0 | 1, redY: 0 | 1): RowReader {
	return {
		...onePlane((width) => width),
		channels: 3,
		step: 2,
		read(raw, y, out, at) {
			const hasRed = y % 2 === redY;
			// In a row of the other kind, blue stands where red does not stand.
			const first = hasRed ? redX : 1 - redX;
			readRow(raw, y, out, at, first, hasRed ? 0 : 2);
		},
	};
}

/**
 * @param first column of the row's first coloured pixel, 0 or 1; the others are green
 * @param own which channel the coloured ones are: 0 = red, 2 = blue
 */
function readRow(raw: RawImage, y: number, out: Uint8Array, at: number, first: number, own: number): void {
	const { data, width, height, stride } = raw;
	const here = y * stride;
	const above = (y === 0 ? Math.min(1, height - 1) : y - 1) * stride;
	const below = (y === height - 1 ? Math.max(0, height - 2) : y + 1) * stride;
	const last = width - 1;
	const edges = first === 0 ? [coloured, green] : [green, coloured];
	edges[0](data, here, above, below, 1, 1, out, at, own);
	for (let x = 2 - first; x < last; x += 2) coloured(data, here + x, above + x, below + x, -1, 1, out, at + 3 * x, own);
	for (let x = 1 + first; x < last; x += 2) green(data, here + x, above + x, below + x, -1, 1, out, at + 3 * x, own);
	edges[1](data, here + last, above + last, below + last, -1, -1, out, at + 3 * last, own);
}

/**
 * A red or a blue pixel: green is around it, the other colour at its corners.
 *
 * @param here its place, `above` and `below` those of its neighbours, `left` and `right` steps to them
 */
function coloured(
	data: Uint8Array,
	here: number,
	above: number,
	below: number,
	left: number,
	right: number,
	out: Uint8Array,
	to: number,
	own: number,
): void {
	out[to + own] = data[here];
	out[to + 1] = (data[here + left] + data[here + right] + data[above] + data[below] + 2) >> 2;
	out[to + 2 - own] = (data[above + left] + data[above + right] + data[below + left] + data[below + right] + 2) >> 2;
}

/** A green pixel: the colour of its row is left and right of it, the other one above and beneath. */
function green(
	data: Uint8Array,
	here: number,
	above: number,
	below: number,
	left: number,
	right: number,
	out: Uint8Array,
	to: number,
	own: number,
): void {
	out[to + own] = (data[here + left] + data[here + right] + 1) >> 1;
	out[to + 1] = data[here];
	out[to + 2 - own] = (data[above] + data[below] + 1) >> 1;
}

export const bayerRows = {
	BayerRG8: mosaic(0, 0),
	BayerGR8: mosaic(1, 0),
	BayerGB8: mosaic(0, 1),
	BayerBG8: mosaic(1, 1),
};
