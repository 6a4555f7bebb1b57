import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { layOutView, type Size, type ViewLayout } from '../../../src/imaging/view/lay-out-view.ts';
import { isSameView, sayView, type View, viewSchema } from '../../../src/imaging/view/view.ts';

const TILE = { width: 64, height: 48 };

function within(random: Random, from: number, to: number): number {
	return from + random.integer(to - from + 1);
}

/** How many tiles see each pixel of what is seen. */
function coverage({ seen, tile, tiles }: ViewLayout): Uint16Array {
	const counts = new Uint16Array(seen.width * seen.height);
	for (const { x, y } of tiles)
		for (let row = y; row < Math.min(seen.height, y + tile.height); row++)
			for (let column = x; column < Math.min(seen.width, x + tile.width); column++) counts[row * seen.width + column]++;
	return counts;
}

function stepsOf(places: readonly number[]): number[] {
	const sorted = [...new Set(places)].sort((a, b) => a - b);
	return sorted.slice(1).map((place, i) => place - sorted[i]);
}

t.test(
	'tiles at scale 1 cover every pixel of regions of any size, overlap at least as wanted, and stay inside',
	async (t) => {
		const random = new Random(6);
		for (let i = 0; i < 400; i++) {
			const image = { width: within(random, 8, 700), height: within(random, 8, 500) };
			const overlap = within(random, 0, 40);
			const { roi, seen, tiles, ...rest } = layOutView({ tiles: { overlap } }, image, TILE);
			const name = `${image.width} × ${image.height}, overlap ${overlap}`;
			t.strictSame(seen, image, name);
			t.ok(
				coverage({ roi, seen, tiles, ...rest }).every((count) => count > 0),
				`${name}: covered`,
			);
			t.ok(
				tiles.every(
					({ x, y }) => (x === 0 || x + TILE.width <= seen.width) && (y === 0 || y + TILE.height <= seen.height),
				),
				`${name}: inside`,
			);
			t.ok(
				stepsOf(tiles.map(({ x }) => x)).every((step) => step <= TILE.width - overlap),
				`${name}: overlap across`,
			);
			t.ok(
				stepsOf(tiles.map(({ y }) => y)).every((step) => step <= TILE.height - overlap),
				`${name}: overlap down`,
			);
			const least = (length: number, tile: number) =>
				length <= tile ? 1 : Math.ceil((length - overlap) / (tile - overlap));
			t.equal(
				tiles.length,
				least(image.width, TILE.width) * least(image.height, TILE.height),
				`${name}: no tile too many`,
			);
		}
	},
);

t.test('columns and rows stretch the region to as many tiles as wanted', async (t) => {
	const random = new Random(7);
	for (let i = 0; i < 300; i++) {
		const image = { width: within(random, 100, 900), height: within(random, 100, 900) };
		const columns = within(random, 1, 7);
		const rows = within(random, 1, 7);
		const overlap = random.chance(0.5) ? within(random, 0, 40) : random.between(0.01, 0.6);
		const layout = layOutView({ tiles: { overlap, columns, rows } }, image, TILE);
		const name = `${image.width} × ${image.height} in ${columns} × ${rows}, overlap ${overlap}`;
		t.equal(layout.tiles.length, columns * rows, name);
		t.ok(
			coverage(layout).every((count) => count > 0),
			`${name}: covered`,
		);
		const shared = (of: 'width' | 'height') =>
			overlap < 1 ? overlap * TILE[of] : (overlap * layout.seen[of]) / image[of];
		const widest = Math.max(0, ...stepsOf(layout.tiles.map(({ x }) => x)));
		t.ok(columns === 1 || TILE.width - widest >= shared('width') - 1e-9, `${name}: overlap across`);
	}
	const one = layOutView({ tiles: { overlap: 0.2, columns: 1, rows: 1 } }, { width: 300, height: 200 }, TILE);
	t.strictSame([one.seen, one.tiles], [TILE, [{ x: 0, y: 0 }]], 'one tile is what is done without tiles');
});

t.test('a region is taken in pixels or in shares, and a scale is that of what is seen', async (t) => {
	const image = { width: 1000, height: 600 };
	const roi = { x: 100, y: 50, width: 400, height: 300 };
	t.strictSame(layOutView({ roi }, image, TILE), {
		roi,
		seen: TILE,
		tile: TILE,
		columns: [0],
		rows: [0],
		tiles: [{ x: 0, y: 0 }],
	});
	const shares = { x: 0.1, y: 0.25, width: 0.5, height: 0.5 };
	t.strictSame(layOutView({ roi: shares }, image, TILE).roi, { x: 100, y: 150, width: 500, height: 300 });
	const half = layOutView({ roi, tiles: { overlap: 20, scale: 0.5 } }, image, TILE);
	t.strictSame(half.seen, { width: 200, height: 150 });
	t.ok(
		stepsOf(half.tiles.map(({ x }) => x)).every((step) => step <= 64 - 10),
		'20 pixels of the camera are 10 of the model',
	);
	t.strictSame(layOutView(undefined, image, TILE).roi, { x: 0, y: 0, ...image });
});

t.test('two halves in shares meet without a gap whatever the size', async (t) => {
	for (const width of [8, 9, 101, 640, 641]) {
		const regionOf = (x: number): Size & { x: number } =>
			layOutView({ roi: { x, y: 0, width: 1 / 3, height: 1 } }, { width, height: 50 }, TILE).roi;
		const [left, middle] = [regionOf(0), regionOf(1 / 3)];
		t.equal(left.x + left.width, middle.x, `${width}`);
	}
});

t.test('what cannot be laid out is said', async (t) => {
	const image = { width: 500, height: 300 };
	const lay = (view: View, size: Size = image) => layOutView(view, size, TILE);
	t.throws(() => lay({ roi: { x: 200, y: 0, width: 301, height: 100 } }), {
		code: 'FRAME_SIZE_WRONG',
		message: /501 × 100.*500 × 300/,
	});
	t.throws(() => lay({ tiles: { overlap: 48 } }), { code: 'CONFIG_INVALID', message: /less than a tile, which is 48/ });
	t.throws(() => lay({ tiles: { overlap: 47 } }, { width: 4000, height: 3000 }), {
		code: 'CONFIG_INVALID',
		message: /at most 1024 tiles/,
	});
});

t.test('a view is judged by its schema', async (t) => {
	const problems = (view: unknown) =>
		viewSchema.safeParse(view).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
	t.strictSame(problems({ roi: { x: 0, y: 0, width: 1, height: 1 } }), []);
	t.strictSame(problems({ roi: { x: 10, y: 0, width: 100, height: 64 }, tiles: { overlap: 0.25 } }), []);
	t.match(problems({}), [/roi, tiles or both/]);
	t.match(problems({ roi: { x: 0.5, y: 0, width: 0.6, height: 1 } }), [/roi.width: expected x \+ width of at most 1/]);
	t.match(problems({ roi: { x: 0.5, y: 0, width: 100, height: 1 } }), [/roi.x: expected whole pixels/, /roi.height/]);
	t.match(problems({ tiles: { overlap: 12.5 } }), [/tiles.overlap: expected whole pixels or a share/]);
	t.match(problems({ tiles: { overlap: 0, columns: 2 } }), [/tiles.rows: expected both/]);
	t.match(problems({ tiles: { overlap: 0, columns: 2, rows: 2, scale: 0.5 } }), [/tiles.scale: expected either/]);
	t.match(problems({ tiles: {} }), [/tiles.overlap/]);
	t.match(problems({ tiles: { overlap: 0, step: 3 } }), [/tiles/]);
});

t.test('views are the same when they give the same scores', async (t) => {
	const tiled = { tiles: { overlap: 16 } };
	t.ok(isSameView(undefined, undefined));
	t.ok(isSameView(tiled, { tiles: { overlap: 16, scale: 1, batch: 4 } }), 'a batch changes nothing');
	t.notOk(isSameView(tiled, undefined));
	t.notOk(isSameView(tiled, { tiles: { overlap: 17 } }));
	t.notOk(isSameView(tiled, { tiles: { overlap: 16, columns: 2, rows: 2 } }));
	t.notOk(isSameView(tiled, { roi: { x: 0, y: 0, width: 100, height: 100 }, ...tiled }));
	t.equal(
		sayView({ roi: { x: 0, y: 0.25, width: 1, height: 0.5 }, tiles: { overlap: 0.2, columns: 3, rows: 2 } }),
		'100 % × 50 % from 0 %, 25 % in 3 × 2 tiles, 20 % overlap',
	);
});
