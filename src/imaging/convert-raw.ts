/** Raw camera frames become the pixels that models take: one converter for every format of every live camera. */
import { AndonError } from '../base/errors.ts';
import type { Pixels } from './pixels.ts';
import { bayerRows } from './raw/bayer-rows.ts';
import { greyOfRgb } from './raw/grey-of-rgb.ts';
import { monoRows } from './raw/mono-rows.ts';
import { rgbRows } from './raw/rgb-rows.ts';
import type { RowReader } from './raw/row-reader.ts';
import { yuvRows } from './raw/yuv-rows.ts';
import type { RawFormat, RawImage } from './raw-image.ts';

const ROWS: Record<RawFormat, RowReader> = { ...monoRows, ...bayerRows, ...rgbRows, ...yuvRows };

/**
 * Samples of more than 8 bits keep their high byte, Bayer mosaics are interpolated bilinearly, YUV is taken as BT.601 of
 * limited range. Grey of a coloured frame is the grey that `decodeImage` gives for the same colours.
 *
 * @param into takes the pixels when it is large enough; else there is a new buffer. It may be handed in again and again
 * @returns where nothing is to be converted (Mono8 to one channel, RGB8 to three, rows without padding) a view of
 *   `raw.data`: valid as long as that is, and not to be handed in as `into`
 * @throws FRAME_BROKEN when there are fewer bytes than the size and the format ask for
 */
export function toPixels(raw: RawImage, channels: 1 | 3, into?: Uint8Array): Pixels {
	const { width, height, stride } = raw;
	const rows = ROWS[raw.format];
	checkSize(raw, rows);
	const size = width * height * channels;
	if (rows.channels === channels && rows.plain && stride === width * channels)
		return { width, height, channels, data: raw.data.subarray(0, size) };
	const data = takeBuffer(size, into);
	if (rows.channels === channels) for (let y = 0; y < height; y++) rows.read(raw, y, data, y * width * channels);
	else if (channels === 1) toGrey(raw, rows, data);
	else spread(raw, rows, data);
	return { width, height, channels, data };
}

function takeBuffer(size: number, into: Uint8Array | undefined): Uint8Array {
	if (!into || into.length < size) return new Uint8Array(size);
	return into.length === size ? into : into.subarray(0, size);
}

function toGrey(raw: RawImage, rows: RowReader, data: Uint8Array): void {
	const row = new Uint8Array(3 * raw.width);
	for (let y = 0; y < raw.height; y++) {
		rows.read(raw, y, row, 0);
		greyOfRgb(row, data, y * raw.width);
	}
}

/** Grey in all three channels. */
function spread(raw: RawImage, rows: RowReader, data: Uint8Array): void {
	const { width, height } = raw;
	const row = new Uint8Array(width);
	for (let y = 0, at = 0; y < height; y++) {
		rows.read(raw, y, row, 0);
		for (let x = 0; x < width; x++) {
			const value = row[x];
			data[at++] = value;
			data[at++] = value;
			data[at++] = value;
		}
	}
}

function checkSize(raw: RawImage, rows: RowReader): void {
	const { format, width, height, stride, data } = raw;
	if (width % rows.step !== 0 || stride < rows.rowBytes(width))
		throw new TypeError(`${format} of ${width} pixels with rows of ${stride} bytes`);
	const expected = rows.bytes(raw);
	if (data.length >= expected) return;
	throw new AndonError('FRAME_BROKEN', {
		expected: `${expected} bytes for ${width} × ${height} pixels of ${format}`,
		found: `${data.length}`,
		fix: 'Check cable, switch and bandwidth of the camera, and that its size and format are those it was set up for.',
	});
}
