import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Random } from '../../../src/base/random.ts';
import { decodeImage } from '../../../src/imaging/decode-image.ts';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { renderPart } from '../../../src/imaging/simulated-line/simulated-line.ts';
import { checkDataset, examineDataset } from '../../../src/training/datasets/check-dataset.ts';
import { drawPairs } from '../../../src/training/datasets/draw-pairs.ts';
import { openDataset } from '../../../src/training/datasets/index.ts';
import { regroup } from '../../../src/training/datasets/regroup.ts';
import { writeSplitCsv } from '../../../src/training/datasets/write-split-csv.ts';
import { classFolderFiles, folderOf, partFiles } from '../../support/dataset-fixtures.ts';

/** Woven parts, each in three exposures, put into splits image by image: what a random split does. */
async function leakyFolder(t: Test, parts: number): Promise<string> {
	const random = new Random(7);
	const files: Record<string, Uint8Array | string> = {};
	const rows = ['image,mask,class,group,split'];
	for (let part = 0; part < parts; part++) {
		const defectClass = part % 3 === 0 ? ('stain' as const) : undefined;
		const whole = { seed: 9, index: part, width: 96, height: 96, surface: 'woven' as const, severity: 1 };
		const { pixels } = renderPart({ ...whole, defectClass });
		for (let exposure = 0; exposure < 3; exposure++) {
			const gain = 0.5 + 0.25 * exposure;
			const data = pixels.data.map((value) => Math.min(255, gain * value + random.between(0, 4)));
			const name = `${part}-${exposure}.png`;
			files[name] = await encodePng({ ...pixels, data });
			const split = random.chance(0.6) ? 'train' : random.chance(0.5) ? 'val' : 'test';
			rows.push(`${name},,${defectClass ?? 'ok'},,${split}`);
		}
	}
	return folderOf(t, { ...files, 'split.csv': rows.join('\n') });
}

t.test('a random split of several exposures is found out, with how much of test it spoils', async (t) => {
	const dataset = await openDataset(await leakyFolder(t, 24));
	const stages = new Set<string>();
	const { report, pairs } = await examineDataset(dataset, { onProgress: (stage) => stages.add(stage) });
	const partOf = (id: string) => id.split('-')[0];
	const truth = dataset.samples.flatMap((a, i) =>
		dataset.samples.slice(i + 1).filter((b) => partOf(a.id) === partOf(b.id) && a.split !== b.split),
	);
	const { acrossSplits } = report.lookAlikes;
	t.ok(truth.length > 20);
	t.ok(
		acrossSplits.every(({ a, b }) => partOf(a) === partOf(b)),
		'no two parts are taken for one',
	);
	t.ok(acrossSplits.length >= 0.97 * truth.length, `${acrossSplits.length} of ${truth.length}`);
	t.same([...stages], ['images read', 'images compared']);
	const splitOf = new Map(dataset.samples.map(({ id, split }) => [id, split]));
	const spoilt = new Set(
		acrossSplits
			.filter(({ splits }) => splits.includes('train') && splits.includes('test'))
			.map(({ a, b }) => (splitOf.get(a) === 'test' ? a : b)),
	);
	t.match(report.findings, [{ level: 'error', about: /^(train|val) and (val|test)$/ }]);
	const finding = report.findings.find(({ about }) => about === 'train and test')!;
	t.match(finding.message, new RegExp(`^${spoilt.size} images of test look like images of train .*--write-groups`));
	t.ok(pairs.length >= acrossSplits.length);
});

t.test('regrouped look-alikes are in one split, classes keep their shares and the rest stays', async (t) => {
	const folder = await leakyFolder(t, 24);
	const dataset = await openDataset(folder);
	const { pairs } = await examineDataset(dataset);
	const before = dataset.samples;
	const { samples, groups, moved } = regroup(dataset, pairs, 0);
	t.equal(groups, new Set(samples.map(({ group }) => group)).size);
	t.equal(moved, samples.filter(({ split }, i) => split !== before[i].split).length);
	for (const name of ['ok', 'stain'])
		for (const split of ['train', 'val', 'test']) {
			const count = (of: typeof samples) => of.filter((s) => s.class === name && s.split === split).length;
			t.ok(Math.abs(count(samples) - count(before)) <= 3, `${name} in ${split}: ${count(before)} → ${count(samples)}`);
		}
	const whole = new Set(
		[...Map.groupBy(samples, ({ group }) => group).values()]
			.filter((of) => new Set(of.map(({ id }) => before.find((s) => s.id === id)!.split)).size === 1)
			.flatMap((of) => of.map(({ id }) => id)),
	);
	t.ok(whole.size > 0);
	for (const [i, { id, split }] of samples.entries()) if (whole.has(id)) t.equal(split, before[i].split, `${id} stays`);
	await writeSplitCsv(join(folder, 'split.csv'), samples);
	const report = await checkDataset(await openDataset(folder));
	t.same(report.lookAlikes.acrossSplits, []);
	t.same(
		report.findings.filter(({ level }) => level === 'error'),
		[],
	);
});

t.test('a table written elsewhere finds the images, and odd names survive', async (t) => {
	const { image } = await partFiles(0, true);
	const folder = await folderOf(t, { 'parts/ok/a, "b".jpg': image, 'parts/dent/c.jpg': image, 'split/note.txt': '' });
	const dataset = await openDataset(join(folder, 'parts'));
	await writeSplitCsv(join(folder, 'split', 'split.csv'), dataset.samples);
	const again = await openDataset(join(folder, 'split'));
	t.same(
		again.samples.map(({ image, class: name, split }) => [image, name, split]),
		dataset.samples.map(({ image, class: name, split }) => [image, name, split]),
	);
});

t.test('pairs are drawn side by side, those in two splits first, and none is said', async (t) => {
	const dataset = await openDataset(await leakyFolder(t, 6));
	const { pairs } = await examineDataset(dataset);
	const sheet = await drawPairs(dataset, pairs, { count: 4, size: 50 });
	t.match(sheet, { width: 6 * 52 - 2, height: 2 * (50 + 3 * 16 + 6 + 2) - 2 });
	t.match(await drawPairs(dataset, [], { count: 4, size: 50 }), { width: 200 });
});

t.test('copies that are labelled differently are found, in one split too', async (t) => {
	const { image } = await partFiles(0, true);
	const rows = ['image,mask,class,group,split', 'a.jpg,,ok,1,train', 'b.jpg,,dent,2,train'];
	const folder = await folderOf(t, { 'split.csv': rows.join('\n'), 'a.jpg': image, 'b.jpg': image });
	const { findings } = await checkDataset(await openDataset(folder));
	t.match(
		findings.find(({ about }) => about === 'a.jpg'),
		{ level: 'error', message: /is ok, but b\.jpg with the same pixels is dent/ },
	);
});

t.test('rare classes and a small test split are told, with what to do', async (t) => {
	const dataset = await openDataset('simulated:count=600,size=64,defectRate=0.03,surfaces=woven');
	const { findings } = await checkDataset(dataset);
	const text = findings.map(({ level, about, message }) => `${level} ${about} ${message}`).join('\n');
	t.match(text, /warning class \w+ has only \d+ images in train.*cutPaste/);
	t.match(text, /warning class \w+ is \d+ times rarer in train than ok.*sampler/);
	t.match(text, /warning split test its \d+ defective parts can prove a recall of [\d.]+ % at most.*andon tune/);
});

t.test('kinds are checked without a word about defects', async (t) => {
	const folder = await folderOf(t, await classFolderFiles({ cat: 30, dog: 30 }, false));
	const { findings, soundClass, counts } = await checkDataset(await openDataset(folder, { kinds: true }));
	t.equal(soundClass, undefined);
	t.same(Object.keys(counts), ['cat', 'dog']);
	t.same(findings, []);
	t.match((await decodeImage(join(folder, 'cat/0.jpg'), { channels: 3 })).width, 96);
});
