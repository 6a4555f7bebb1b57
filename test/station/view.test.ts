import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeImage } from '../../src/imaging/decode-image.ts';
import { encodePng } from '../../src/imaging/encode-image.ts';
import type { Box } from '../../src/imaging/overlay.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';
import { frameFile, maskFile } from '../../src/station/feedback/frame-rules.ts';
import { frameFolder } from '../../src/station/feedback/frame-shelf.ts';
import { checkStation } from '../../src/station/host/check-station.ts';
import { runAndon } from '../support/run-andon.ts';
import { SIZE, writeStationBundle } from '../support/station-bundle.ts';
import { configOf, stationOf } from '../support/test-station.ts';

const dir = t.testdir();
const bundle = await writeStationBundle(join(dir, 'bundle'));

/** A dark board with bright rectangles. */
function board(width: number, height: number, spots: readonly Box[]): Pixels {
	const data = new Uint8Array(width * height).fill(40);
	for (const { x, y, width: w, height: h } of spots)
		for (let row = y; row < y + h; row++) data.fill(230, row * width + x, row * width + x + w);
	return { width, height, channels: 1, data };
}

async function writeBoards(name: string, boards: readonly Pixels[]): Promise<string> {
	const folder = join(dir, name);
	mkdirSync(folder, { recursive: true });
	for (const [i, pixels] of boards.entries()) writeFileSync(join(folder, `${i}.png`), await encodePng(pixels));
	return folder;
}

async function inspect(name: string, boards: readonly Pixels[], camera: object, overrides: object = {}) {
	const path = await writeBoards(name, boards);
	const config = configOf(join(dir, name), bundle, { source: 'folder', path, ...camera }, overrides);
	const { station, inspections, until } = stationOf(config);
	await station.start();
	await until(() => inspections.length === boards.length && station.state().cameras[0].status === 'ended');
	const state = station.state();
	await station.stop();
	return { inspections, state, store: config.store.path };
}

t.test(
	'a station sees a board larger than its model in tiles, and counts a defect on their borders once',
	async (t) => {
		// 200 × 150 in tiles of 64 with at least 16 overlap: 4 × 3 of them, at 0, 45, 90, 136 and 0, 43, 86.
		const spots = [
			{ x: 44, y: 42, width: 20, height: 6 },
			{ x: 150, y: 100, width: 8, height: 30 },
			{ x: 199, y: 149, width: 1, height: 1 },
		];
		const view = { tiles: { overlap: 16 } };
		const { inspections } = await inspect(
			'tiled',
			[board(200, 150, spots), board(200, 150, [])],
			{ mmPerPixel: 0.5 },
			{ view },
		);
		const [defective, sound] = inspections;
		t.equal(defective.verdict, 'defect');
		t.equal(sound.verdict, 'ok');
		t.same(
			defective.defects.map(({ box }) => box),
			[spots[1], spots[0], spots[2]],
			'in pixels of the camera, largest first',
		);
		t.same(
			defective.defects.map(({ areaPx, areaMm2 }) => [areaPx, areaMm2]),
			[
				[240, 60],
				[120, 30],
				[1, 0.25],
			],
		);
		t.same(defective.defects[0].boxMm, { x: 75, y: 50, width: 4, height: 15 });
		t.same(defective.seen, { width: 200, height: 150, roi: { x: 0, y: 0, width: 200, height: 150 } });
	},
);

t.test('what lies outside the region of interest is not seen, and sizes stay those of the part', async (t) => {
	const spots = [
		{ x: 10, y: 10, width: 30, height: 30 },
		{ x: 120, y: 80, width: 16, height: 8 },
	];
	const view = { roi: { x: 100, y: 60, width: 128, height: 64 } };
	const outside = board(300, 200, spots.slice(0, 1));
	const { inspections } = await inspect('roi', [board(300, 200, spots), outside], { view, mmPerPixel: 0.1 });
	t.same(
		inspections.map(({ verdict }) => verdict),
		['defect', 'ok'],
	);
	// 128 → 64 across: half as many pixels of the model as of the camera.
	const [{ defects, seen }] = inspections;
	t.equal(defects.length, 1);
	t.same(seen, { width: SIZE, height: SIZE, roi: view.roi });
	t.match(defects[0].box, { y: 20, height: 8 });
	t.ok(Math.abs(defects[0].areaMm2! - 1.28) < 0.2, `${defects[0].areaMm2} mm² of 1.28`);
});

t.test('an image that the region leaves is not inspected, and says so', async (t) => {
	const view = { roi: { x: 100, y: 60, width: 128, height: 64 } };
	const { inspections } = await inspect('small', [board(150, 150, [])], { view });
	t.match(inspections[0], {
		verdict: 'not-inspected',
		reason: /region of interest in it, to 228 × 124.*FRAME_SIZE_WRONG/,
	});
});

t.test(
	'a threshold is certified on parts as a station sees them, and void where another one sees them otherwise',
	async (t) => {
		const own = t.testdir({ 'view.yaml': 'tiles: { overlap: 8 }' });
		// One bright pixel: whole at scale 1, lost when the board is stretched to a quarter.
		const spot = (i: number) => [{ x: 37 + 9 * i, y: 20 + 7 * i, width: 1, height: 1 }];
		const six = [0, 1, 2, 3, 4, 5];
		await writeBoards(
			'labelled/bright',
			six.map((i) => board(200, 150, spot(i))),
		);
		await writeBoards(
			'labelled/ok',
			six.map((i) => board(200, 150 + i, [])),
		);
		const certified = await writeStationBundle(join(own, 'bundle'));
		const tuned = await runAndon(
			...['tune', certified, join(dir, 'labelled'), '--split', 'all', '--view', join(own, 'view.yaml')],
			...['--recall', '0.5', '--confidence', '0.9', '--write', '--json'],
		);
		t.equal(tuned.code, 0, tuned.stderr);
		const { operatingPoint } = JSON.parse(tuned.stdout);
		t.match(operatingPoint, { method: 'guaranteed-recall', view: { tiles: { overlap: 8 } } });
		t.ok(Math.abs(operatingPoint.threshold - 230 / 255) < 1e-6, 'each part scores what its one pixel does');
		const boards = [board(200, 150, spot(2)), board(200, 150, [])];
		const stateWith = (name: string, view?: object) => inspect(name, boards, {}, { bundle: certified, view });
		const same = await stateWith('same', { tiles: { overlap: 8, batch: 2 } });
		t.equal(same.state.promiseVoid, undefined);
		t.same(
			same.inspections.map(({ verdict }) => verdict),
			['defect', 'ok'],
		);
		const other = await stateWith('other');
		t.match(other.state.promiseVoid, [
			/certified on parts seen as the whole image in tiles at scale 1, 8 px overlap; here .* the whole image, stretched/,
		]);
		t.equal(other.state.operatingPoint.method, 'fixed');
		const evaluated = await runAndon('evaluate', certified, join(dir, 'labelled'), '--split', 'test', '--json');
		t.match(JSON.parse(evaluated.stdout).promiseVoid, [/seen as the whole image, stretched/]);
	},
);

t.test(
	'andon run --check says whether a view can be laid out, and whether the point was certified through it',
	async (t) => {
		const check = async (view: object) => {
			const file = join(dir, 'checked.yaml');
			const cameras = [{ id: 'cam', source: 'simulator' }];
			writeFileSync(file, JSON.stringify({ station: 'line', bundle, cameras, view }));
			const { findings } = await checkStation(file);
			return findings.find(({ name }) => name === 'view');
		};
		t.match(await check({ tiles: { overlap: 8 } }), { status: 'ok', found: /tiles at scale 1, 8 px overlap/ });
		t.match(await check({ tiles: { overlap: 64 } }), { status: 'fail', expected: /less than a tile, which is 64/ });
	},
);

t.test('views are refused that could not hold: of cameras and recipes together, and outside a schema', (t) => {
	const view = { tiles: { overlap: 8 } };
	const recipes = [{ id: 'a', bundle, view }];
	const config = (camera: object, more: object) => configOf(dir, bundle, { source: 'simulator', ...camera }, more);
	t.throws(() => config({ view }, { bundle: undefined, recipes }), /views of cameras or views of recipes, found both/);
	t.throws(() => config({ view: { tiles: { overlap: 8.5 } } }, {}), /whole pixels or a share below 1/);
	t.end();
});

t.test('a kept picture and the mask beside it show the same, whatever the view', async (t) => {
	const spot = { x: 110, y: 70, width: 20, height: 10 };
	const view = { roi: { x: 96, y: 50, width: 100, height: 90 }, tiles: { overlap: 8 } };
	for (const frame of ['original', 'fitted'] as const) {
		const name = `kept-${frame}`;
		const feedback = { keep: 'all', frame };
		const { inspections, store } = await inspect(name, [board(300, 200, [spot])], { view }, { feedback });
		const read = (file: string) => decodeImage(join(frameFolder(store), file), { channels: 1 });
		const [picture, mask] = await Promise.all([frameFile, maskFile].map((of) => read(of(inspections[0].resultId))));
		t.match(picture, frame === 'original' ? { width: 300, height: 200 } : { width: 100, height: 90 });
		t.match(mask, { width: picture.width, height: picture.height });
		t.same(
			mask.data.map((value) => Number(value > 127)),
			picture.data.map((value) => Number(value > 127)),
			frame,
		);
	}
});
