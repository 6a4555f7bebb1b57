/** What a raw format has to say for itself: how many bytes it takes, and how one of its rows is read. */
import type { RawImage } from '../raw-image.ts';

export interface RowReader {
	/** What `read` gives: grey or RGB bytes. */
	readonly channels: 1 | 3;
	/** A row is copied as it is. */
	readonly plain?: boolean;
	/** Widths are multiples of it, because so many pixels share bytes. */
	readonly step: number;
	/** Of a row without padding, in the first plane. */
	rowBytes(width: number): number;
	/** Of the whole frame. */
	bytes(raw: RawImage): number;
	/** Writes row `y` to `out` from `at` on: width · channels bytes. */
	read(raw: RawImage, y: number, out: Uint8Array, at: number): void;
}

/** Of formats with one plane: the last row needs no padding. */
export function onePlane(rowBytes: (width: number) => number): Pick<RowReader, 'rowBytes' | 'bytes'> {
	return { rowBytes, bytes: ({ width, height, stride }) => stride * (height - 1) + rowBytes(width) };
}
