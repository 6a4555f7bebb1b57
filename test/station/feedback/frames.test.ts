import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeImage } from '../../../src/imaging/decode-image.ts';
import type { Pixels } from '../../../src/imaging/pixels.ts';
import { layOutView } from '../../../src/imaging/view/lay-out-view.ts';
import { auditStore } from '../../../src/station/feedback/audit.ts';
import { FrameKeeper, type FrameReport } from '../../../src/station/feedback/frame-keeper.ts';
import { type FrameRules, isDrawn, isKept } from '../../../src/station/feedback/frame-rules.ts';
import { FrameShelf, frameFolder } from '../../../src/station/feedback/frame-shelf.ts';
import type { Inspection } from '../../../src/station/inspection.ts';
import { readStore } from '../../../src/station/store/read-store.ts';
import { Store } from '../../../src/station/store/store.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, greyImage, nameOf, silent, stationOf, writeImages } from '../../support/test-station.ts';

const dir = t.testdir();
const bundle = await writeStationBundle(join(dir, 'bundle'));
const images = await writeImages(join(dir, 'images'), 20);
const rules: FrameRules = { keep: 'flagged', oneIn: 20, frame: 'original', folder: dir, prefix: 'l-b-c-', seed: 's' };

t.test('one part in twenty is drawn, by its number alone', (t) => {
	const drawn = Array.from({ length: 40_000 }, (_, i) => isDrawn(rules, i));
	const count = drawn.filter(Boolean).length;
	// Four standard deviations of a binomial count.
	t.ok(Math.abs(count - 2000) < 4 * Math.sqrt(2000 * 0.95), `${count} drawn`);
	t.same(
		drawn.slice(0, 500),
		Array.from({ length: 500 }, (_, i) => isDrawn(rules, i)),
		'supervisor and inspector agree',
	);
	const others = [{ seed: 'another' }, { prefix: 'l-b-d-' }].map((change) => ({ ...rules, ...change }));
	for (const other of others)
		t.notSame(
			drawn.slice(0, 500),
			Array.from({ length: 500 }, (_, i) => isDrawn(other, i)),
		);
	t.equal(isDrawn({ ...rules, keep: 'none' }, drawn.indexOf(true)), false);
	const [sure, not] = [drawn.indexOf(true), drawn.indexOf(false)];
	t.same(
		(['none', 'sample', 'flagged', 'all'] as const).map((keep) => [
			isKept({ ...rules, keep }, sure, 'ok'),
			isKept({ ...rules, keep }, not, 'ok'),
			isKept({ ...rules, keep }, not, 'review'),
		]),
		[
			[false, false, false],
			[true, false, false],
			[true, false, true],
			[true, true, true],
		],
	);
	t.end();
});

/** A frame that nothing was found on. */
function seenOf(frame: Pixels) {
	return { frame, pixels: greyImage(90), inspected: { score: 0 }, layout: layOutView(undefined, frame, greyImage(90)) };
}

t.test(
	'keeping a picture holds nothing up: it comes back at once, and too many are lost, not waited for',
	async (t) => {
		const folder = join(t.testdir(), 'frames');
		const reports: FrameReport[] = [];
		const keeper = new FrameKeeper({ ...rules, keep: 'all', folder }, (report) => reports.push(report));
		const frame = greyImage(90, 200, 100);
		for (let i = 1; i <= 10; i++) keeper.keep(i, 'ok', seenOf(frame));
		t.same(
			reports.map(({ sequence, lost }) => [sequence, lost !== undefined]),
			[
				[9, true],
				[10, true],
			],
		);
		await keeper.settled();
		t.equal(readdirSync(folder).length, 8, 'whole files and nothing else');
		const { bytes } = reports.find(({ sequence }) => sequence === 1)!;
		t.equal(statSync(join(folder, 'l-b-c-1.png')).size, bytes);
		t.match(await decodeImage(join(folder, 'l-b-c-1.png'), { channels: 1 }), { width: 200, height: 100 });
		writeFileSync(join(dir, 'in-the-way'), '');
		const refused = new FrameKeeper({ ...rules, keep: 'all', folder: join(dir, 'in-the-way') }, (report) =>
			reports.push(report),
		);
		refused.keep(7, 'ok', seenOf(frame));
		await refused.settled();
		t.match(reports.at(-1), { sequence: 7, lost: /in-the-way/ });
	},
);

t.test('a station keeps what does not pass and a sample of the rest, in the camera’s own size', async (t) => {
	const own = t.testdir();
	const feedback = { keep: 'flagged', sampleOneIn: 3, maxBytes: 1e7 };
	const config = configOf(own, bundle, { source: 'folder', path: images, fps: 20 }, { feedback });
	const { station, inspections, until } = stationOf(config);
	await station.start();
	await until(() => inspections.length === 20);
	await station.stop();
	const reader = readStore(config.store.path);
	const kept = new Set(reader.samples.frames().map(({ resultId }) => resultId));
	const drawn = new Set(reader.samples.unlabelled(0, 100).map(({ inspection }) => inspection.resultId));
	for (const { resultId, verdict } of inspections)
		t.equal(kept.has(resultId), verdict !== 'ok' || drawn.has(resultId), `${verdict} ${resultId}`);
	t.same(
		readdirSync(frameFolder(config.store.path)).sort(),
		[...kept].flatMap((resultId) => [`${resultId}.mask.png`, `${resultId}.png`]).sort(),
		'each with the mask that the model gave',
	);
	t.match(auditStore(reader, 0.95), { drawn: { labelled: 0, unlabelled: drawn.size } });
	reader.close();
	t.match(station.stats().feedback, { frames: { kept: kept.size, lost: 0 }, drawn: { unlabelled: drawn.size } });
	const first = inspections.find(({ partId }) => partId === nameOf(1))!;
	const picture = await decodeImage(join(frameFolder(config.store.path), `${first.resultId}.png`), { channels: 1 });
	t.equal(picture.data[0], 230, 'the pixels of the camera');
});

t.test('without the setting nothing is written and nothing drawn', async (t) => {
	const config = configOf(t.testdir(), bundle, { source: 'folder', path: images });
	const { station, inspections, until } = stationOf(config);
	await station.start();
	await until(() => inspections.length === 20);
	t.equal(station.stats().feedback?.frames, undefined);
	await station.stop();
	t.notOk(existsSync(frameFolder(config.store.path)));
});

/** A store with eight recorded parts and the pictures of them, a thousand bytes each. */
async function shelfOf(t: { testdir(): string }, maxBytes: number) {
	const folder = join(t.testdir(), 'frames');
	const store = new Store(join(folder, '..', 'andon.db'));
	mkdirSync(folder);
	for (let sequence = 1; sequence <= 8; sequence++) {
		const part = {
			resultId: `r${sequence}`,
			camera: 'c',
			bootId: 'b',
			sequence,
			partId: `p${sequence}`,
			verdict: 'ok',
		};
		await store.record(part as Inspection, undefined, []);
	}
	const shelf = new FrameShelf(store, { folder, maxBytes }, silent);
	const add = async (resultId: string) => {
		writeFileSync(join(folder, `${resultId}.png`), Buffer.alloc(1000));
		shelf.add({ resultId, bytes: 1000 });
		await shelf.settled();
	};
	const files = () => readdirSync(folder).sort();
	return { folder, store, shelf, add, files };
}

t.test('the oldest pictures without a label make room; labelled ones stay', async (t) => {
	const { store, shelf, add, files } = await shelfOf(t, 3500);
	await shelf.open();
	await store.label({ who: 'ada', source: 'mqtt', resultId: 'r1', defective: true });
	for (const id of ['r1', 'r2', 'r3', 'r4', 'r5']) await add(id);
	t.same(files(), ['r1.png', 'r4.png', 'r5.png']);
	t.match(shelf.figures(), { kept: 3, bytes: 3000, lost: 0 });
	for (const resultId of ['r4', 'r5']) await store.label({ who: 'ada', source: 'mqtt', resultId, defective: false });
	await add('r6');
	t.same(files(), ['r1.png', 'r4.png', 'r5.png'], 'a new one finds no room among labelled ones');
	await store.label({ who: 'ada', source: 'mqtt', resultId: 'r7', defective: false });
	await add('r7');
	t.match(shelf.figures(), { kept: 4, bytes: 4000, lost: 1, reason: /export them, or raise feedback.maxBytes/ });
	store.close();
});

t.test('after a sudden end files and notes are put right', async (t) => {
	const { folder, store, shelf, add, files } = await shelfOf(t, 2500);
	await shelf.open();
	for (const id of ['r1', 'r2']) await add(id);
	// Written but not noted; of a part that was never recorded; half-written; noted but gone.
	for (const name of ['r3.png', 'r3.mask.png', 'r99.png', 'r2.mask.png', 'r5.mask.png', 'r4.png.77.tmp'])
		writeFileSync(join(folder, name), Buffer.alloc(1000));
	rmSync(join(folder, 'r2.png'));
	const again = new FrameShelf(store, { folder, maxBytes: 3500 }, silent);
	await again.open();
	t.same(files(), ['r1.png', 'r3.mask.png', 'r3.png']);
	t.same(
		store.samples.frames().map(({ resultId }) => resultId),
		['r1', 'r3'],
	);
	t.match(again.figures(), { kept: 2, bytes: 3000 });
	const smaller = new FrameShelf(store, { folder, maxBytes: 2500 }, silent);
	await smaller.open();
	t.same(files(), ['r3.mask.png', 'r3.png'], 'a smaller bound holds from the start');
	store.close();
});
