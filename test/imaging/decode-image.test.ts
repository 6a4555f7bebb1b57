import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { decodeImage, fitPixels, resizePixels } from '../../src/imaging/decode-image.ts';
import { decodeMask, resizeMask } from '../../src/imaging/decode-mask.ts';
import { encodeJpeg, encodePng } from '../../src/imaging/encode-image.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';

const grey: Pixels = { width: 6, height: 4, channels: 1, data: Uint8Array.from({ length: 24 }, (_, i) => i * 10) };
const colour: Pixels = {
	width: 5,
	height: 3,
	channels: 3,
	data: Uint8Array.from({ length: 45 }, (_, i) => (i * 37) % 256),
};

t.test('a grey image comes back from PNG byte by byte', async (t) => {
	t.same(await decodeImage(await encodePng(grey), { channels: 1 }), grey);
});

t.test('a colour image comes back from PNG byte by byte', async (t) => {
	t.same(await decodeImage(await encodePng(colour), { channels: 3 }), colour);
});

t.test('a grey file read as colour repeats its value in each channel', async (t) => {
	const { data } = await decodeImage(await encodePng(grey), { channels: 3 });
	t.same([...data.subarray(9, 12)], [30, 30, 30]);
});

t.test('a file and the same pixels from a camera are resized alike', async (t) => {
	const big: Pixels = {
		width: 90,
		height: 70,
		channels: 3,
		data: Uint8Array.from({ length: 90 * 70 * 3 }, (_, i) => (i * i) % 251),
	};
	const file = await decodeImage(await encodePng(big), { channels: 3, width: 32, height: 40 });
	t.same(await resizePixels(big, 32, 40), file);
	const greyFile = await decodeImage(await encodePng(big), { channels: 1, width: 32, height: 40 });
	t.same(await fitPixels(big, { channels: 1, width: 32, height: 40 }), greyFile);
});

t.test('reducing averages over what it drops, so fine stripes become grey instead of aliasing', async (t) => {
	const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 2 ? 200 : 100));
	const small = await resizePixels({ width: 64, height: 64, channels: 1, data }, 16, 16);
	const inner = small.data.filter((_, i) => i % 16 > 0 && i % 16 < 15);
	t.ok(Math.max(...inner) - Math.min(...inner) <= 2, 'flat');
	t.ok(Math.abs(inner[0] - 150) <= 2, 'at the mean');
});

t.test('an image that already fits is handed back as it is', async (t) => {
	t.equal(await resizePixels(grey, 6, 4), grey);
});

t.test('an EXIF orientation is not applied', async (t) => {
	const { sharp } = await import('../../src/imaging/sharp.ts');
	const turned = await sharp(colour.data, { raw: { width: 5, height: 3, channels: 3 } })
		.withMetadata({ orientation: 6 })
		.png()
		.toBuffer();
	t.equal((await decodeImage(turned, { channels: 3 })).width, 5);
});

t.test('JPEG keeps the size and roughly the values', async (t) => {
	const flat: Pixels = { width: 16, height: 16, channels: 1, data: new Uint8Array(256).fill(90) };
	const back = await decodeImage(await encodeJpeg(flat), { channels: 1 });
	t.ok(back.data.every((value) => Math.abs(value - 90) <= 2));
});

t.test('a file that is missing, cut short or no image is refused by name', async (t) => {
	const folder = await mkdtemp(join(tmpdir(), 'andon-'));
	t.teardown(() => rm(folder, { recursive: true }));
	const noise: Pixels = {
		width: 64,
		height: 64,
		channels: 1,
		data: Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256),
	};
	const png = await encodePng(noise);
	const files = {
		'cut.png': png.subarray(0, png.length / 2),
		'text.png': Buffer.from('hello'),
		'empty.png': Buffer.alloc(0),
	};
	for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
	for (const name of ['missing.png', ...Object.keys(files)])
		await t.rejects(decodeImage(join(folder, name), { channels: 1 }), {
			code: 'IMAGE_UNREADABLE',
			message: new RegExp(name),
		});
});

t.test('a file with more pixels than allowed is refused before it is unpacked', async (t) => {
	await t.rejects(decodeImage(await encodePng(grey), { channels: 1, maxPixels: 23 }), { code: 'IMAGE_TOO_LARGE' });
});

t.test('a bitmap is read bottom row first, through its palette', async (t) => {
	t.same([...(await decodeImage(bitmap8(), { channels: 1 })).data], [0, 255, 0, 255, 0, 0]);
	await t.rejects(decodeImage(bitmap8().subarray(0, 1080), { channels: 1 }), {
		code: 'IMAGE_UNREADABLE',
		message: /ends too early/,
	});
	await t.rejects(decodeImage(bitmap8(), { channels: 1, maxPixels: 5 }), { code: 'IMAGE_TOO_LARGE' });
});

t.test('a mask is defect above 127 and must be as large as its image', async (t) => {
	const png = await encodePng(grey);
	const mask = await decodeMask(png, { imageSize: { width: 6, height: 4 } });
	t.same([...mask.data.subarray(11, 15)], [0, 0, 255, 255], '120 is sound, 130 is defect');
	await t.rejects(decodeMask(png, { imageSize: { width: 4, height: 6 } }), {
		code: 'MASK_SIZE_MISMATCH',
		message: /4 × 6.*found 6 × 4/,
	});
});

t.test('a resized mask has no value between sound and defect', (t) => {
	const mask = { width: 4, height: 2, data: Uint8Array.of(0, 0, 255, 255, 0, 255, 255, 0) };
	t.same([...resizeMask(mask, 2, 2).data], [0, 255, 255, 0], 'odd columns are sampled');
	t.same([...resizeMask(mask, 8, 2).data], [0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 0, 0]);
	t.end();
});

/** 3 × 2 pixels, 8 bits, palette entry 7 = white, the rest black. */
function bitmap8(): Uint8Array {
	const bytes = Buffer.alloc(14 + 40 + 1024 + 8);
	bytes.write('BM');
	bytes.writeUInt32LE(14 + 40 + 1024, 10);
	bytes.writeUInt32LE(40, 14);
	bytes.writeInt32LE(3, 18);
	bytes.writeInt32LE(2, 22);
	bytes.writeUInt16LE(1, 26);
	bytes.writeUInt16LE(8, 28);
	bytes.fill(255, 54 + 4 * 7, 54 + 4 * 7 + 3);
	bytes.set([7, 0, 0, 0, 0, 7, 0, 0], 1078);
	return bytes;
}
