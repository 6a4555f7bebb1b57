import t, { type Test } from 'tap';
import { Random } from '../../src/base/random.ts';
import { toPixels } from '../../src/imaging/convert-raw.ts';
import { decodeImage } from '../../src/imaging/decode-image.ts';
import { encodePng } from '../../src/imaging/encode-image.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';
import { RAW_FORMATS, type RawFormat, type RawImage } from '../../src/imaging/raw-image.ts';
import { lumaOf } from '../../src/imaging/raw-luma.ts';

const raw = (format: RawFormat, width: number, bytes: ArrayLike<number>, stride: number, height = 1): RawImage => ({
	format,
	width,
	height,
	stride,
	data: Uint8Array.from(bytes),
});
const bytesOf = (pixels: Pixels) => [...pixels.data];

/** Bytes of a row without padding, and of everything beneath it as shares of a row. */
const ROW: Record<RawFormat, readonly [row: number, planes: number]> = {
	Mono8: [1, 1],
	Mono10: [2, 1],
	Mono12: [2, 1],
	Mono10Packed: [1.5, 1],
	Mono12Packed: [1.5, 1],
	Mono10p: [1.25, 1],
	Mono12p: [1.5, 1],
	BayerRG8: [1, 1],
	BayerGR8: [1, 1],
	BayerGB8: [1, 1],
	BayerBG8: [1, 1],
	RGB8: [3, 1],
	BGR8: [3, 1],
	YUV422Packed: [2, 1],
	YUV422_YUYVPacked: [2, 1],
	NV12: [1, 1.5],
	I420: [1, 1.5],
};

function noise(format: RawFormat, width: number, height: number, padding = 0): RawImage {
	const random = new Random(4);
	const [row, planes] = ROW[format];
	const stride = row * width + padding;
	const data = Uint8Array.from({ length: stride * height * planes }, () => random.uniform() * 256);
	return { format, width, height, stride, data };
}

t.test(
	'every format gives as many pixels as asked for, in one and in three channels, into the buffer handed in',
	async (t) => {
		for (const format of RAW_FORMATS)
			for (const channels of [1, 3] as const) {
				const image = noise(format, 24, 10, 8);
				const into = new Uint8Array(24 * 10 * 3 + 5);
				const pixels = toPixels(image, channels, into);
				t.same({ ...pixels, data: 0 }, { width: 24, height: 10, channels, data: 0 });
				t.equal(pixels.data.length, 240 * channels);
				t.equal(pixels.data.buffer, into.buffer, `${format} into the caller's buffer`);
				t.same(toPixels(image, channels, new Uint8Array(3)).data, pixels.data, `${format} into one that is too small`);
			}
	},
);

t.test('padding at the end of rows is no part of the picture', async (t) => {
	for (const format of RAW_FORMATS.filter((name) => ROW[name][1] === 1)) {
		const plain = noise(format, 24, 6);
		const row = plain.stride;
		const data = new Uint8Array((row + 8) * 6).fill(77);
		for (let y = 0; y < 6; y++) data.set(plain.data.subarray(y * row, (y + 1) * row), y * (row + 8));
		t.same(toPixels({ ...plain, stride: row + 8, data }, 3), toPixels(plain, 3), format);
	}
});

t.test('Mono8 without padding, and RGB8 likewise, are views of the frame', async (t) => {
	const mono = noise('Mono8', 16, 4);
	t.equal(toPixels(mono, 1, new Uint8Array(64)).data.buffer, mono.data.buffer);
	const rgb = noise('RGB8', 16, 4);
	t.equal(toPixels(rgb, 3).data.buffer, rgb.data.buffer);
	t.not(toPixels(mono, 3).data.buffer, mono.data.buffer);
});

t.test('a frame that is cut off is broken, not shifted', async (t) => {
	for (const format of RAW_FORMATS) {
		const image = noise(format, 24, 6);
		t.throws(() => toPixels({ ...image, data: image.data.subarray(0, -1) }, 1), { code: 'FRAME_BROKEN' }, format);
	}
});

t.test('samples of 10 and 12 bits keep their high byte, packed or not', async (t) => {
	const values10 = [0x000, 0x3ff, 0x155, 0x2aa];
	const values12 = [0x000, 0xfff, 0x555, 0xaaa];
	const high = [0x00, 0xff, 0x55, 0xaa];
	const words = (values: number[]) => values.flatMap((value) => [value & 255, value >> 8]);
	const gige = (values: number[], low: number) =>
		[0, 2].flatMap((i) => {
			const [a, b] = [values[i], values[i + 1]];
			const mask = (1 << low) - 1;
			return [a >> low, (a & mask) | ((b & mask) << 4), b >> low];
		});
	/** Bit after bit, from the lowest on. */
	const bits = (values: number[], size: number) => {
		const bytes = new Array((values.length * size) / 8).fill(0);
		values.forEach((value, i) => {
			for (let bit = 0; bit < size; bit++)
				if ((value >> bit) & 1) bytes[(i * size + bit) >> 3] |= 1 << ((i * size + bit) & 7);
		});
		return bytes;
	};
	t.same(bytesOf(toPixels(raw('Mono10', 4, words(values10), 8), 1)), high);
	t.same(bytesOf(toPixels(raw('Mono12', 4, words(values12), 8), 1)), high);
	t.same(bytesOf(toPixels(raw('Mono10Packed', 4, gige(values10, 2), 6), 1)), high);
	t.same(bytesOf(toPixels(raw('Mono12Packed', 4, gige(values12, 4), 6), 1)), high);
	t.same(bytesOf(toPixels(raw('Mono10p', 4, bits(values10, 10), 5), 1)), high);
	t.same(bytesOf(toPixels(raw('Mono12p', 4, bits(values12, 12), 6), 1)), high);
	t.same(bytesOf(toPixels(raw('Mono8', 2, [7, 9], 2), 3)), [7, 7, 7, 9, 9, 9]);
});

t.test('the grey level at a place is that of the converted picture, for every grey format', async (t) => {
	for (const format of RAW_FORMATS.filter((name) => name.startsWith('Mono'))) {
		const image = noise(format, 24, 6, 4);
		const high = image.data.map((byte, i) =>
			/^Mono1.$/.test(format) && i % 2 ? byte & (format === 'Mono10' ? 3 : 15) : byte,
		);
		const whole = { ...image, data: high };
		const { data } = toPixels(whole, 1);
		const luma = lumaOf(whole);
		for (let i = 0; i < data.length; i++) t.equal(Math.floor(luma(i % 24, Math.floor(i / 24))), data[i], format);
	}
});

const WIDTH = 16;
const HEIGHT = 12;
const BAYER = { BayerRG8: 'RGGB', BayerGR8: 'GRBG', BayerGB8: 'GBRG', BayerBG8: 'BGGR' } as const;

/** What a sensor with that mosaic sees of a picture. */
function mosaicOf(pattern: string, at: (channel: number, x: number, y: number) => number): Uint8Array {
	return Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
		const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
		return at('RGB'.indexOf(pattern[2 * (y % 2) + (x % 2)]), x, y);
	});
}

t.test('every phase of a mosaic gives back an even colour everywhere, and a slope away from the edges', async (t) => {
	const colour = [200, 90, 30];
	const slope = (channel: number, x: number, y: number) => 20 + 40 * channel + 6 * x + 4 * y;
	for (const [format, pattern] of Object.entries(BAYER) as [RawFormat, string][]) {
		const image = (data: Uint8Array): RawImage => ({ format, width: WIDTH, height: HEIGHT, stride: WIDTH, data });
		const even = toPixels(image(mosaicOf(pattern, (channel) => colour[channel])), 3);
		for (let i = 0; i < WIDTH * HEIGHT; i++) t.same([...even.data.subarray(3 * i, 3 * i + 3)], colour);
		const { data } = toPixels(image(mosaicOf(pattern, slope)), 3);
		for (let y = 1; y < HEIGHT - 1; y++)
			for (let x = 1; x < WIDTH - 1; x++)
				for (const channel of [0, 1, 2])
					t.equal(data[3 * (y * WIDTH + x) + channel], slope(channel, x, y), `${format} ${x},${y}`);
	}
});

/** Y, U and V of the primary colours at 75 % (ITU-R BT.601 colour bars). */
const BARS = [
	{ rgb: [191, 0, 0], yuv: [65, 100, 212] },
	{ rgb: [0, 191, 0], yuv: [112, 72, 58] },
	{ rgb: [0, 0, 191], yuv: [35, 212, 114] },
	{ rgb: [191, 191, 191], yuv: [180, 128, 128] },
	{ rgb: [0, 0, 0], yuv: [16, 128, 128] },
	{ rgb: [255, 255, 255], yuv: [235, 128, 128] },
];

function near(t: Test, pixels: Pixels, expected: readonly number[], what: string) {
	const most = Math.max(...pixels.data.map((value, i) => Math.abs(value - expected[i])));
	t.ok(most <= 2, `${what}: ${[...pixels.data]} instead of ${expected}`);
}

t.test('YUV in all four layouts gives the colours of the colour bars', async (t) => {
	for (const {
		rgb,
		yuv: [y, u, v],
	} of BARS) {
		const two = [...rgb, ...rgb];
		const four = [...two, ...two];
		near(t, toPixels(raw('YUV422Packed', 2, [u, y, v, y], 4), 3), two, 'UYVY');
		near(t, toPixels(raw('YUV422_YUYVPacked', 2, [y, u, y, v], 4), 3), two, 'YUYV');
		near(t, toPixels(raw('NV12', 2, [y, y, y, y, u, v], 2, 2), 3), four, 'NV12');
		near(t, toPixels(raw('I420', 2, [y, y, y, y, u, v], 2, 2), 3), four, 'I420');
	}
});

t.test(
	'planes of padded rows are found: I420 of 4:2:0 with rows padded to 4 bytes, NV12 with an odd number of rows',
	async (t) => {
		// 6 × 2 pixels: rows of 8, of U and V rows of 4.
		const i420 = [...new Array(16).fill(180), 100, 128, 72, 0, 212, 128, 58, 0];
		const { data } = toPixels(raw('I420', 6, i420, 8, 2), 3);
		t.same([...data.subarray(6, 9)], [191, 191, 191], 'the middle pair is grey');
		t.ok(data[0] > 250 && data[1] < 150, 'the left pair is red');
		t.ok(data[12] < data[13] && data[14] < data[13], 'the right pair is green');
		// 2 × 3 pixels: GStreamer keeps a fourth row.
		const nv12 = [...new Array(8).fill(180), 128, 128, 100, 212];
		const odd = toPixels(raw('NV12', 2, nv12, 2, 3), 3).data;
		t.same([...odd.subarray(0, 3)], [191, 191, 191]);
		t.ok(odd[12] > 250 && odd[13] < 150, 'the third row has the second row of colours');
	},
);

t.test('grey of colours is the grey that a stored picture of them has', async (t) => {
	const image = noise('RGB8', 64, 48);
	const rgb = toPixels(image, 3);
	const stored = await decodeImage(await encodePng(rgb), { channels: 1 });
	const grey = toPixels(image, 1);
	const most = Math.max(...grey.data.map((value, i) => Math.abs(value - stored.data[i])));
	t.ok(most <= 1, `${most} levels apart`);
	const bgr = Uint8Array.from(image.data, (_, i) => image.data[i - (i % 3) + 2 - (i % 3)]);
	t.same(toPixels({ ...image, format: 'BGR8', data: bgr }, 1), grey);
});
