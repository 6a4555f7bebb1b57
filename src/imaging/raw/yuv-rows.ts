/**
 * YUV formats, 4:2:2 and 4:2:0, as video cameras give them: BT.601 with limited range (Y from 16 to 235, U and V from 16 to
 * 240). A pair, or a square, of pixels shares one colour.
 *
 * Layouts: GStreamer, "Raw video media types" (UYVY, YUY2, NV12, I420; rows padded to 4 bytes). Integer coefficients of
 * 1/256: Microsoft, "Recommended 8-Bit YUV Formats for Video Rendering", of ITU-R BT.601.
 */
import type { RawImage } from '../raw-image.ts';
import { onePlane, type RowReader } from './row-reader.ts';

/** @param luma place of the first pixel's Y among four bytes; `u` and `v` likewise */
function packed(luma: number, u: number, v: number): RowReader {
	return {
		...onePlane((width) => 4 * Math.ceil(width / 2)),
		channels: 3,
		step: 1,
		read({ data, stride, width }, y, out, at) {
			const end = y * stride + 2 * width;
			for (let from = y * stride, to = at; from < end; from += 4, to += 6)
				writePair(data[from + luma], data[from + luma + 2], data[from + u], data[from + v], out, to);
		},
	};
}

const nv12: RowReader = {
	...twoRowsAColour((raw) => raw.stride),
	read({ data, stride, width, height }, y, out, at) {
		let luma = y * stride;
		let chroma = (evenRows(height) + (y >> 1)) * stride;
		for (let to = at; to < at + 3 * width; to += 6, luma += 2, chroma += 2)
			writePair(data[luma], data[luma + 1], data[chroma], data[chroma + 1], out, to);
	},
};

const i420: RowReader = {
	...twoRowsAColour((raw) => 2 * planeStride(raw)),
	read(raw, y, out, at) {
		const { data, stride, width, height } = raw;
		const chromaStride = planeStride(raw);
		let luma = y * stride;
		let u = evenRows(height) * stride + (y >> 1) * chromaStride;
		let v = u + (evenRows(height) / 2) * chromaStride;
		for (let to = at; to < at + 3 * width; to += 6, luma += 2)
			writePair(data[luma], data[luma + 1], data[u++], data[v++], out, to);
	},
};

function twoRowsAColour(chromaBytes: (raw: RawImage) => number): Omit<RowReader, 'read'> {
	return {
		channels: 3,
		step: 1,
		rowBytes: (width) => width,
		bytes: (raw) => evenRows(raw.height) * raw.stride + (evenRows(raw.height) / 2) * chromaBytes(raw),
	};
}

function evenRows(height: number): number {
	return height + (height % 2);
}

/** Bytes of a row of U, or of V: padded to 4 when the rows of Y are no longer than that asks for, else half of theirs. */
function planeStride({ width, stride }: RawImage): number {
	return stride === padded(width) ? padded(width / 2) : stride / 2;
}

function padded(bytes: number): number {
	return Math.ceil(bytes / 4) * 4;
}

/** Of an odd width, the second pixel of the last pair lies behind its row: the next row is written over it. */
function writePair(first: number, second: number, u: number, v: number, out: Uint8Array, to: number): void {
	const red = 409 * (v - 128) + 128;
	const green = 128 - 100 * (u - 128) - 208 * (v - 128);
	const blue = 516 * (u - 128) + 128;
	const one = 298 * (first - 16);
	out[to] = clamp((one + red) >> 8);
	out[to + 1] = clamp((one + green) >> 8);
	out[to + 2] = clamp((one + blue) >> 8);
	const two = 298 * (second - 16);
	out[to + 3] = clamp((two + red) >> 8);
	out[to + 4] = clamp((two + green) >> 8);
	out[to + 5] = clamp((two + blue) >> 8);
}

function clamp(value: number): number {
	return value < 0 ? 0 : Math.min(value, 255);
}

export const yuvRows = {
	/** U Y V Y */
	YUV422Packed: packed(1, 0, 2),
	/** Y U Y V */
	YUV422_YUYVPacked: packed(0, 1, 3),
	NV12: nv12,
	I420: i420,
};
