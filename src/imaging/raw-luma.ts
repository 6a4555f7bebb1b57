/** The grey level at a place of a raw image, without converting the image: enough to judge what it looks like. */
import type { RawFormat, RawImage } from './raw-image.ts';

/** @returns 0 to 255; of colour filter arrays the mean of the 2 × 2 cell at the place, of colours mostly the green */
export type LumaAt = (x: number, y: number) => number;

/** A place must lie inside the image, and one pixel away from its right and lower edge. */
export function lumaOf(image: RawImage): LumaAt {
	return LUMA[image.format](image);
}

const LUMA: Readonly<Record<RawFormat, (image: RawImage) => LumaAt>> = {
	Mono8: bytes(1, 0),
	Mono10: words(4),
	Mono12: words(16),
	Mono10Packed: packed,
	Mono12Packed: packed,
	Mono10p: bits(10),
	Mono12p: bits(12),
	BayerRG8: cells,
	BayerGR8: cells,
	BayerGB8: cells,
	BayerBG8: cells,
	RGB8: colours(0, 2),
	BGR8: colours(2, 0),
	// U Y V Y, and Y U Y V.
	YUV422Packed: video(2, 1),
	YUV422_YUYVPacked: video(2, 0),
	NV12: video(1, 0),
	I420: video(1, 0),
};

/** One byte of luma every `step` bytes. */
function bytes(step: number, offset: number) {
	return ({ data, stride }: RawImage): LumaAt =>
		(x, y) =>
			data[y * stride + x * step + offset];
}

/** Of limited range: black is 16, white is 235 (BT.601). */
function video(step: number, offset: number) {
	return ({ data, stride }: RawImage): LumaAt =>
		(x, y) =>
			Math.min(255, Math.max(0, (data[y * stride + x * step + offset] - 16) * (255 / 219)));
}

/** Little-endian words of 10 or 12 bits. @param divisor 2 to the power of the bits beyond 8 */
function words(divisor: number) {
	return ({ data, stride }: RawImage): LumaAt =>
		(x, y) => {
			const at = y * stride + 2 * x;
			return Math.min(255, (data[at] | (data[at + 1] << 8)) / divisor);
		};
}

/** Two pixels in three bytes: the upper eight bits of the first, the low bits of both, the upper eight bits of the second. */
function packed({ data, stride }: RawImage): LumaAt {
	return (x, y) => data[y * stride + 3 * (x >> 1) + 2 * (x & 1)];
}

/** Samples bit after bit, from the lowest on. */
function bits(size: number) {
	return ({ data, stride }: RawImage): LumaAt =>
		(x, y) => {
			// Its upper eight bits lie across two bytes, or in one.
			const from = x * size + size - 8;
			const at = y * stride + (from >> 3);
			const down = from & 7;
			return down === 0 ? data[at] : ((data[at] >> down) | (data[at + 1] << (8 - down))) & 255;
		};
}

function cells({ data, stride }: RawImage): LumaAt {
	return (x, y) => {
		const at = (y & ~1) * stride + (x & ~1);
		return (data[at] + data[at + 1] + data[at + stride] + data[at + stride + 1]) / 4;
	};
}

function colours(red: number, blue: number) {
	return ({ data, stride }: RawImage): LumaAt =>
		(x, y) => {
			const at = y * stride + 3 * x;
			return (data[at + red] + 2 * data[at + 1] + data[at + blue]) / 4;
		};
}
