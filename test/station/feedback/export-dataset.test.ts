import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeMask } from '../../../src/imaging/decode-mask.ts';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import type { Pixels } from '../../../src/imaging/pixels.ts';
import { SimulatedLine, simulatedLineSettings } from '../../../src/imaging/simulated-line/simulated-line.ts';
import { dealSplits } from '../../../src/station/feedback/deal-splits.ts';
import { exportDataset } from '../../../src/station/feedback/export-dataset.ts';
import { lastLabelOf } from '../../../src/station/feedback/export-manifest.ts';
import { frameFolder } from '../../../src/station/feedback/frame-shelf.ts';
import type { Inspection } from '../../../src/station/inspection.ts';
import { Store } from '../../../src/station/store/store.ts';
import { checkDataset } from '../../../src/training/datasets/check-dataset.ts';
import { openDataset } from '../../../src/training/datasets/index.ts';
import { greyImage } from '../../support/test-station.ts';

const by = { who: 'ada', source: 'mqtt' };
const line = new SimulatedLine(simulatedLineSettings.parse({ seed: 3, width: 96, height: 96, defectRate: 0.5 }));

/** A store in a folder of its own, to which parts with pictures can be added. */
function storeIn(dir: string) {
	const path = join(dir, 'andon.db');
	const store = new Store(path);
	mkdirSync(frameFolder(path));
	let sequence = 0;
	const add = async (pixels: Pixels, { part, drawn }: { part?: string; drawn?: number } = {}) => {
		const resultId = `line-0001ab-cam-${++sequence}`;
		const inspection = {
			resultId,
			partId: part ?? `part-${sequence}`,
			station: 'line',
			camera: 'cam',
			bootId: '0001ab',
			sequence,
			verdict: 'ok',
			score: sequence / 1000,
			recipe: { id: 'covers', version: '3', hash: 'ab'.repeat(32) },
			precision: 'int8',
			operatingPoint: { threshold: 0.5 },
			isSimulated: false,
		};
		await store.record(inspection as unknown as Inspection, undefined, [], drawn);
		writeFileSync(join(frameFolder(path), `${resultId}.png`), await encodePng(pixels));
		return resultId;
	};
	const label = (resultId: string, name?: string, mask?: Uint8Array) =>
		store.label({ ...by, resultId, defective: name !== undefined, class: name === 'defect' ? undefined : name, mask });
	return { path, store, add, label };
}

const pixelsOf = (index: number) => line.part(index).pixels;

t.test('what people labelled becomes a dataset that the trainer reads and finds nothing wrong with', async (t) => {
	const dir = t.testdir();
	const { path, store, add, label } = storeIn(dir);
	const truths = new Map<string, string>();
	for (let i = 0; i < 48; i++) {
		const { defectClass } = line.plan(i);
		const resultId = await add(pixelsOf(i), i % 10 === 0 ? { drawn: 0.05 } : {});
		const mask = defectClass && i % 3 === 0 ? await encodePng(line.part(i).mask) : undefined;
		await label(resultId, defectClass, mask);
		truths.set(resultId, defectClass ?? 'ok');
	}
	await add(pixelsOf(99));
	const out = join(dir, 'deep', 'dataset');
	const manifest = await exportDataset(store, path, { out });
	t.equal(manifest.images.length, 48, 'the part without a label stays out');
	const dataset = await openDataset(out);
	t.equal(dataset.layout, 'split.csv');
	t.equal(dataset.soundClass, 'ok');
	t.equal(dataset.samples.length, 48);
	for (const { image, resultId, class: name } of manifest.images) {
		t.equal(truths.get(resultId), name);
		const sample = dataset.samples.find(({ id }) => id === image)!;
		const { pixels, mask } = await dataset.load(sample, { channels: 1 });
		const index = Number(resultId.slice(resultId.lastIndexOf('-') + 1)) - 1;
		t.same(pixels.data, pixelsOf(index).data, 'pixel by pixel');
		if (sample.mask) t.same(mask?.data, line.part(index).mask.data);
	}
	t.match(
		manifest.images.find(({ mask }) => mask),
		{ drawn: 0.05, bundle: { name: 'covers', version: '3' }, score: 0.001 },
	);
	const { findings } = await checkDataset(dataset);
	t.same(
		findings.filter(({ level }) => level === 'error'),
		[],
	);
	t.same(JSON.parse(readFileSync(join(out, 'export.json'), 'utf8')), manifest);
	t.equal(readdirSync(join(dir, 'deep')).length, 1, 'nothing half-written is left');
	store.close();
});

t.test('a folder with anything in it, or nothing to export, is refused and nothing is written', async (t) => {
	const dir = t.testdir({ full: { 'split.csv': 'mine' }, empty: {}, file: 'x' });
	const { path, store, add, label } = storeIn(dir);
	await t.rejects(exportDataset(store, path, { out: join(dir, 'new') }), {
		code: 'DATASET_CLASS_EMPTY',
		message: /no labels/,
	});
	const resultId = await add(pixelsOf(1));
	await label(resultId);
	for (const name of ['full', 'file'])
		await t.rejects(exportDataset(store, path, { out: join(dir, name) }), { code: 'FILE_UNWRITABLE' });
	t.equal(readFileSync(join(dir, 'full', 'split.csv'), 'utf8'), 'mine');
	t.equal((await exportDataset(store, path, { out: join(dir, 'empty') })).images.length, 1);
	const broken = await add(pixelsOf(2));
	await label(broken);
	writeFileSync(join(frameFolder(path), `${broken}.png`), 'no picture');
	await t.rejects(exportDataset(store, path, { out: join(dir, 'new') }), { code: 'IMAGE_UNREADABLE' });
	t.notOk(existsSync(join(dir, 'new')));
	store.close();
});

t.test('an export after another one holds what was labelled since', async (t) => {
	const dir = t.testdir();
	const { path, store, add, label } = storeIn(dir);
	const ids = [];
	for (let i = 0; i < 4; i++) ids.push(await add(pixelsOf(i)));
	for (const id of ids.slice(0, 2)) await label(id);
	await exportDataset(store, path, { out: join(dir, 'first') });
	const after = await lastLabelOf(join(dir, 'first'));
	await t.rejects(exportDataset(store, path, { out: join(dir, 'second'), after }), {
		message: /since the last export/,
	});
	await label(ids[2]);
	await label(ids[0], 'pit');
	const { images } = await exportDataset(store, path, { out: join(dir, 'second'), after });
	t.same(
		images.map(({ resultId, class: name }) => [resultId, name]),
		[
			[ids[0], 'pit'],
			[ids[2], 'ok'],
		],
		'a new label of an old part counts too',
	);
	await t.rejects(lastLabelOf(join(dir, 'nowhere')), { code: 'FILE_UNREADABLE' });
	store.close();
});

t.test('of copies and look-alikes the best labelled one stays; exposures of one part stay together', async (t) => {
	const dir = t.testdir();
	const { path, store, add, label } = storeIn(dir);
	for (let i = 20; i < 40; i++) await label(await add(pixelsOf(i)));
	const brighter = (pixels: Pixels, by: number) => ({ ...pixels, data: pixels.data.map((v) => Math.min(255, v + by)) });
	const mask = await encodePng(greyImage(255, 8, 4));
	// The same pixels under three names: said sound, then defective with a mask, then defective without.
	const copies = [await add(pixelsOf(1)), await add(pixelsOf(1)), await add(pixelsOf(1))];
	await label(copies[0]);
	await label(copies[1], 'pit', mask);
	await label(copies[2], 'pit');
	// Two parts that look alike and one part twice, each a little brighter the second time.
	const alike = [await add(pixelsOf(2)), await add(brighter(pixelsOf(2), 6))];
	for (const id of alike) await label(id, 'crack');
	await label(alike[1], 'crack', mask);
	const twice = [await add(pixelsOf(3), { part: 'p' }), await add(brighter(pixelsOf(3), 6), { part: 'p' })];
	for (const id of twice) await label(id, 'stain');
	// Two parts that look alike, of which people say different things.
	const torn = [await add(pixelsOf(4)), await add(brighter(pixelsOf(4), 6))];
	await label(torn[0], 'pit');
	await label(torn[1]);
	const lost = await add(pixelsOf(5));
	await label(lost);
	rmSync(join(frameFolder(path), `${lost}.png`));

	const { images, leftOut } = await exportDataset(store, path, { out: join(dir, 'out') });
	const kept = new Map(images.map((image) => [image.resultId, image]));
	t.same(
		leftOut,
		[
			{ resultId: lost, why: 'no picture' },
			{ resultId: copies[0], why: 'same pixels', of: copies[1], contradicted: true },
			{ resultId: copies[2], why: 'same pixels', of: copies[1] },
			{ resultId: alike[0], why: 'looks alike', of: alike[1] },
		],
		'everything else stays',
	);
	t.equal(kept.get(twice[0])!.group, kept.get(twice[1])!.group);
	t.equal(kept.get(torn[0])!.group, kept.get(torn[1])!.group);
	t.not(kept.get(torn[0])!.class, kept.get(torn[1])!.class);
	const scaled = await decodeMask(join(dir, 'out', kept.get(copies[1])!.mask!));
	t.match({ width: scaled.width, height: scaled.height }, { width: 96, height: 96 }, 'a mask is as large as its image');
	const { findings } = await checkDataset(await openDataset(join(dir, 'out')));
	t.same(
		findings.filter(({ level }) => level === 'error'),
		[],
	);
	store.close();
});

t.test('a group keeps its split from export to export, and every class gets all splits', (t) => {
	const groups = (n: number, name: string) =>
		Array.from({ length: n }, (_, i) => [`${name}-${i}`, new Set([name])] as const);
	const small = dealSplits(new Map([...groups(3, 'pit'), ...groups(2, 'rare'), ...groups(4, 'ok')]));
	for (const name of ['pit', 'ok']) {
		const splits = new Set([...small].filter(([group]) => group.startsWith(name)).map(([, split]) => split));
		t.equal(splits.size, 3, name);
	}
	const before = dealSplits(new Map(groups(500, 'ok')));
	const after = dealSplits(new Map([...groups(900, 'ok'), ...groups(40, 'pit')]));
	for (const [group, split] of before) if (after.get(group) !== split) t.fail(`${group} moved`);
	const share = (split: string) => [...before.values()].filter((of) => of === split).length / 500;
	t.ok(Math.abs(share('train') - 0.7) < 0.07 && Math.abs(share('test') - 0.15) < 0.06);
	t.end();
});
