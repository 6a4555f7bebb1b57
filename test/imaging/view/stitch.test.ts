import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import type { Pixels } from '../../../src/imaging/pixels.ts';
import { cutRegion, cutTile } from '../../../src/imaging/view/cut-tile.ts';
import { fitMask, placeMask } from '../../../src/imaging/view/fit-view.ts';
import { layOutView, type Size } from '../../../src/imaging/view/lay-out-view.ts';
import { Stitch } from '../../../src/imaging/view/stitch.ts';
import type { View } from '../../../src/imaging/view/view.ts';

const TILE = { width: 24, height: 16 };

function noise({ width, height }: Size, channels: 1 | 3 = 1, seed = 3): Pixels {
	const random = new Random(seed);
	const data = Uint8Array.from({ length: width * height * channels }, () => random.integer(256));
	return { width, height, channels, data };
}

/** Each tile through `map`, put together. */
function stitched(image: Pixels, view: View, map: (tile: Uint8Array) => Float32Array): Float32Array {
	const layout = layOutView(view, image, TILE);
	const whole = new Float32Array(layout.seen.width * layout.seen.height);
	const stitch = new Stitch(layout);
	for (const [i, at] of layout.tiles.entries()) {
		const tile = new Uint8Array(TILE.width * TILE.height * image.channels);
		cutTile(image, layout.roi, at, TILE, tile);
		stitch.add(i, map(tile), whole);
	}
	return whole;
}

const level = (data: Uint8Array) => Float32Array.from(data, (value) => value / 255);

/** Mean of 3 × 3 pixels, beyond the border 0: what a convolution does. */
function blurred(data: Uint8Array, { width, height }: Size): Float32Array {
	const at = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : data[y * width + x] / 255);
	return Float32Array.from({ length: width * height }, (_, i) => {
		const [x, y] = [i % width, Math.floor(i / width)];
		let sum = 0;
		for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += at(x + dx, y + dy);
		return sum / 9;
	});
}

t.test('tiles of a map that looks at single pixels give the whole map, whatever the size', async (t) => {
	const random = new Random(4);
	for (let i = 0; i < 60; i++) {
		const image = noise({ width: 8 + random.integer(120), height: 8 + random.integer(90) }, 1, i);
		const overlap = random.integer(15);
		const found = stitched(image, { tiles: { overlap } }, level);
		const expected = level(image.data);
		const worst = found.reduce((most, value, k) => Math.max(most, Math.abs(value - expected[k])), 0);
		t.ok(worst < 1e-6 && found.every((p) => p <= 1), `${image.width} × ${image.height}, overlap ${overlap}: ${worst}`);
	}
});

t.test(
	'a map with a small receptive field is that of the whole but at borders of tiles, where the other tile prevails',
	async (t) => {
		const image = noise({ width: 100, height: 70 });
		const view = { tiles: { overlap: 12 } };
		const { columns, rows } = layOutView(view, image, TILE);
		const found = stitched(image, view, (tile) => blurred(tile, TILE));
		const expected = blurred(image.data, image);
		const isBorder = (place: number, starts: readonly number[], length: number) =>
			starts.some((start, k) => (k > 0 && place === start) || (k < starts.length - 1 && place === start + length - 1));
		let worstInside = 0;
		let worstAtBorder = 0;
		for (let i = 0; i < found.length; i++) {
			const atBorder = isBorder(i % 100, columns, TILE.width) || isBorder(Math.floor(i / 100), rows, TILE.height);
			const difference = Math.abs(found[i] - expected[i]);
			if (atBorder) worstAtBorder = Math.max(worstAtBorder, difference);
			else worstInside = Math.max(worstInside, difference);
		}
		t.ok(worstInside < 1e-6, `inside ${worstInside}`);
		// Up to a third of the sum is missing at the border of a tile; its weight there is half a pixel of at least 12.
		t.ok(worstAtBorder > 0 && worstAtBorder < 0.03, `at borders ${worstAtBorder}`);
	},
);

t.test('labels are those of the tile that a pixel lies deepest in, and every pixel has one', async (t) => {
	const layout = layOutView({ tiles: { overlap: 10 } }, { width: 50, height: 36 }, TILE);
	const whole = new Uint8Array(50 * 36);
	const stitch = new Stitch(layout);
	for (const i of layout.tiles.keys()) stitch.addLabels(i, new Uint8Array(24 * 16).fill(i + 1), whole);
	t.ok(whole.every((label) => label > 0));
	const depth = (index: number, x: number, y: number) => {
		const at = layout.tiles[index];
		return [x - at.x, at.x + 23 - x, y - at.y, at.y + 15 - y].every((d) => d >= 0);
	};
	t.ok(
		whole.every((label, i) => depth(label - 1, i % 50, Math.floor(i / 50))),
		'a tile that shows it',
	);
	const [, second] = layout.columns;
	const middle = (second + 24) / 2;
	t.same([whole[Math.floor(middle) - 1], whole[Math.ceil(middle)]], [1, 2]);
});

t.test('what lies beyond a small region is the region mirrored; colours stay together', async (t) => {
	const image = noise({ width: 10, height: 7 }, 3);
	const tile = new Uint8Array(24 * 16 * 3);
	cutTile(image, { x: 2, y: 1, width: 5, height: 4 }, { x: 0, y: 0 }, TILE, tile);
	const mirrored = (place: number, length: number) => {
		const turn = place % (2 * length);
		return turn < length ? turn : 2 * length - 1 - turn;
	};
	const expected = Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => {
		const [c, x, y] = [i % 3, Math.floor(i / 3) % 24, Math.floor(i / 72)];
		return image.data[((1 + mirrored(y, 4)) * 10 + 2 + mirrored(x, 5)) * 3 + c];
	});
	t.same(tile, expected);
});

t.test('a region is cut without a copy when it is the whole, and masks go there and back', async (t) => {
	const image = noise({ width: 10, height: 7 });
	t.equal(cutRegion(image, { x: 0, y: 0, width: 10, height: 7 }), image);
	const mask = { width: 10, height: 7, data: image.data.map((value) => (value > 127 ? 255 : 0)) };
	const layout = layOutView({ roi: { x: 1, y: 0, width: 8, height: 7 }, tiles: { overlap: 0 } }, image, TILE);
	const seen = fitMask(mask, layout);
	t.match(seen, { width: 8, height: 7 });
	const placed = placeMask(seen, layout.roi, image);
	const isInside = (i: number) => i % 10 >= 1 && i % 10 < 9;
	t.ok(placed.data.every((value, i) => value === (isInside(i) ? mask.data[i] : 0)));
});
