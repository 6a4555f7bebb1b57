import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { decodeImage } from '../../src/imaging/decode-image.ts';
import { encodeJpeg } from '../../src/imaging/encode-image.ts';
import { findLookAlikes } from '../../src/imaging/find-look-alikes.ts';
import { lookPrint } from '../../src/imaging/look-print.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';
import { printSimilarity } from '../../src/imaging/print-similarity.ts';
import { renderPart } from '../../src/imaging/simulated-line/simulated-line.ts';

const SIDE = 128;

/** A picture of blots and lines, another for another seed. */
function scene(seed: number): Pixels {
	const random = new Random(seed);
	const data = new Uint8Array(SIDE * SIDE).fill(90 + random.integer(60));
	for (let blot = 0; blot < 60; blot++) {
		const [left, top] = [random.integer(SIDE), random.integer(SIDE)];
		const [width, height, level] = [2 + random.integer(24), 2 + random.integer(24), random.integer(256)];
		for (let y = top; y < Math.min(SIDE, top + height); y++)
			data.fill(level, y * SIDE + left, y * SIDE + Math.min(SIDE, left + width));
	}
	return { width: SIDE, height: SIDE, channels: 1, data };
}

/** Another exposure: gain, offset and gamma, light from one side, noise. */
function exposed(pixels: Pixels, random: Random): Pixels {
	const [gain, gamma, slope] = [random.between(0.4, 0.9), random.between(0.8, 1.25), random.between(-0.3, 0.3)];
	const data = pixels.data.map((value, i) => {
		const light = gain * (1 + slope * ((i % pixels.width) / pixels.width - 0.5));
		return Math.max(0, Math.min(255, 255 * light * (value / 255) ** gamma + 20 + 3 * random.normal()));
	});
	return { ...pixels, data };
}

/** What the camera would see if it hung a few pixels beside. */
function shifted({ width, height, channels, data }: Pixels, dx: number, dy: number): Pixels {
	const moved = new Uint8Array(data.length);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const from = Math.min(height - 1, Math.max(0, y + dy)) * width + Math.min(width - 1, Math.max(0, x + dx));
			moved[y * width + x] = data[from];
		}
	return { width, height, channels, data: moved };
}

async function prints(pictures: readonly Pixels[]) {
	return Promise.all(pictures.map(lookPrint));
}

t.test('other exposures, copies of lower quality and shifted crops look alike; other scenes do not', async (t) => {
	const random = new Random(1);
	const scenes = Array.from({ length: 40 }, (_, seed) => scene(seed));
	const jpeg = await Promise.all(scenes.map((each) => encodeJpeg(each, 30)));
	const twins = {
		exposure: scenes.map((each) => exposed(each, random)),
		copy: await Promise.all(jpeg.map((bytes) => decodeImage(bytes, { channels: 3, width: 90, height: 150 }))),
		shift: scenes.map((each) => shifted(exposed(each, random), random.integer(11) - 5, random.integer(11) - 5)),
	};
	for (const [name, others] of Object.entries(twins)) {
		const pairs = await findLookAlikes(await prints([...scenes, ...others]));
		const right = pairs.filter(({ a, b }) => b === a + scenes.length);
		t.equal(pairs.length, right.length, `${name}: no two scenes are taken for one`);
		t.ok(right.length >= 39, `${name}: ${right.length} of 40 found`);
	}
});

t.test('parts of one kind in one place are no look-alikes, however alike all of them are', async (t) => {
	const part = (index: number) =>
		renderPart({ seed: 5, index, width: 96, height: 96, surface: index % 2 ? 'cast' : 'brushed', severity: 0 }).pixels;
	const parts = Array.from({ length: 70 }, (_, index) => part(index));
	t.same(await findLookAlikes(await prints(parts)), []);
	const random = new Random(2);
	const copies = [3, 8].map((index) => shifted(parts[index], random.integer(3), 1));
	const pairs = await findLookAlikes(await prints([...parts, ...copies]));
	t.same(
		pairs.map(({ a, b }) => [a, b]).sort(),
		[
			[3, 70],
			[8, 71],
		],
		'but copies among them are',
	);
});

t.test('no pair is missed that a comparison of all with all finds', async (t) => {
	const random = new Random(3);
	const scenes = Array.from({ length: 30 }, (_, seed) => scene(100 + seed));
	const all = await prints([...scenes, ...scenes.slice(0, 15).map((each) => exposed(each, random))]);
	const every = all.flatMap((print, a) =>
		all.flatMap((other, b) => (a < b && printSimilarity(print, other) >= 0.8 ? [`${a} ${b}`] : [])),
	);
	t.equal(every.length, 15);
	const found = (await findLookAlikes(all, { threshold: 0.8 })).map(({ a, b }) => `${a} ${b}`);
	t.same(found.sort(), every.sort());
});

t.test('blank images look like nothing, not even like each other', async (t) => {
	const blank: Pixels = { width: 20, height: 20, channels: 1, data: new Uint8Array(400).fill(70) };
	t.same(await findLookAlikes(await prints([blank, blank, scene(1)])), []);
	t.same(await findLookAlikes([]), []);
});

t.test('progress ends with all images', async (t) => {
	const seen: number[] = [];
	const all = await prints(Array.from({ length: 5 }, (_, seed) => scene(seed)));
	await findLookAlikes(all, { onProgress: (done, total) => seen.push(done / total) });
	t.equal(seen.at(-1), 1);
});
