/** Uncompressed Windows bitmaps, which sharp cannot read and in which KolektorSDD keeps its masks. */
import type { Pixels } from './pixels.ts';

export function isBmp(bytes: Uint8Array): boolean {
	return bytes.length > 54 && bytes[0] === 0x42 && bytes[1] === 0x4d;
}

export function bmpSize(bytes: Uint8Array): { width: number; height: number } {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
}

/**
 * Decodes 1, 4, 8, 24 or 32 bits per pixel without compression, to RGB.
 *
 * Layout: 14-byte file header, BITMAPINFOHEADER or newer, palette (BGRx), rows padded to 4 bytes, bottom row first
 * unless the height is negative.
 *
 * @throws Error saying what is not supported, or `pixel limit` when larger than `maxPixels`
 */
export function decodeBmp(bytes: Uint8Array, maxPixels: number): Pixels {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const { width, height } = bmpSize(bytes);
	const bottomFirst = view.getInt32(22, true) > 0;
	const bits = view.getUint16(28, true);
	if (width <= 0 || height === 0) throw new Error(`a bitmap of ${width} × ${height} pixels`);
	if (width * height > maxPixels) throw new Error('bitmap exceeds pixel limit');
	if (![1, 4, 8, 24, 32].includes(bits)) throw new Error(`a bitmap with ${bits} bits per pixel`);
	// 0 = none, 3 = bit fields, which for 32 bits are BGRx in every writer met.
	const compression = view.getUint32(30, true);
	if (compression !== 0 && !(compression === 3 && bits === 32)) throw new Error('a compressed bitmap');
	const start = view.getUint32(10, true);
	const stride = Math.ceil((width * bits) / 32) * 4;
	if (start + stride * height > bytes.length) throw new Error('a bitmap that ends too early');
	const palette = 14 + view.getUint32(14, true);
	const data = new Uint8Array(width * height * 3);
	for (let y = 0; y < height; y++) {
		const row = start + stride * (bottomFirst ? height - 1 - y : y);
		readRow(bytes, row, palette, bits, data, y * width, width);
	}
	return { width, height, channels: 3, data };
}

function readRow(
	bytes: Uint8Array,
	row: number,
	palette: number,
	bits: number,
	data: Uint8Array,
	first: number,
	width: number,
) {
	for (let x = 0; x < width; x++) {
		const bit = x * bits;
		let at = row + (bit >> 3);
		if (bits <= 8) at = palette + 4 * ((bytes[at] >> (8 - bits - (bit & 7))) & ((1 << bits) - 1));
		data[3 * (first + x)] = bytes[at + 2];
		data[3 * (first + x) + 1] = bytes[at + 1];
		data[3 * (first + x) + 2] = bytes[at];
	}
}
