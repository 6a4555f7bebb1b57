import { join } from 'node:path';
import t, { type Test } from 'tap';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { checkDataset } from '../../../src/training/datasets/check-dataset.ts';
import { type Dataset, SPLITS } from '../../../src/training/datasets/dataset.ts';
import { openDataset } from '../../../src/training/datasets/index.ts';
import { labelsOf } from '../../../src/training/datasets/labels.ts';
import { loadSamples, loadSplit } from '../../../src/training/datasets/load-split.ts';
import { writeDataset } from '../../../src/training/datasets/write-dataset.ts';
import {
	classFolderFiles,
	type Files,
	folderOf,
	kolektorFiles,
	mvtecFiles,
	partFiles,
} from '../../support/dataset-fixtures.ts';

const size = { width: 48, height: 32, channels: 1 as const };

const LAYOUTS: Readonly<Record<string, { layout: string; masks: boolean; open: (t: Test) => Promise<string> }>> = {
	'the simulated line': {
		layout: 'simulated',
		masks: true,
		open: async () => 'simulated:seed=3,count=60,size=64',
	},
	'a table': {
		layout: 'split.csv',
		masks: true,
		open: async (t) => {
			const folder = await folderOf(t, {});
			await writeDataset(await openDataset('simulated:count=60,size=64,surfaces=brushed'), folder);
			return folder;
		},
	},
	'class folders with masks': {
		layout: 'class-folders',
		masks: true,
		open: async (t) => folderOf(t, await classFolderFiles({ MT_Free: 8, MT_Stain: 6, MT_Blot: 3 }, true)),
	},
	'class folders without masks': {
		layout: 'class-folders',
		masks: false,
		open: async (t) => folderOf(t, await classFolderFiles({ OK: 8, stain: 6 }, false)),
	},
	'MVTec AD': { layout: 'mvtec-ad', masks: true, open: async (t) => folderOf(t, await mvtecFiles(12, 6)) },
	KolektorSDD: { layout: 'kolektor-sdd', masks: true, open: async (t) => folderOf(t, await kolektorFiles(6)) },
};

for (const [name, { layout, masks, open }] of Object.entries(LAYOUTS))
	t.test(`${name}: every layout keeps the contract of a dataset`, async (t) => {
		const source = await open(t);
		const dataset = await openDataset(source, { seed: 5 });
		t.equal(dataset.layout, layout);
		t.equal(new Set(dataset.samples.map(({ id }) => id)).size, dataset.samples.length, 'ids are unique');
		t.ok(groupsStayTogether(dataset), 'groups stay together');
		for (const split of SPLITS)
			for (const kind of [true, false])
				t.ok(
					dataset.samples.some((sample) => sample.split === split && sample.defective === kind),
					`${split} has ${kind ? 'defective' : 'sound'} parts`,
				);
		t.ok(dataset.samples.every((sample) => sample.defective === (sample.class !== dataset.soundClass)));
		t.same([...dataset.classes], [...new Set(dataset.samples.filter((s) => s.defective).map((s) => s.class))].sort());
		const { images, masks: truth, hasMask, samples, classes } = await loadSplit(dataset, 'train', size);
		t.same(classes, [dataset.soundClass, ...dataset.classes]);
		const area = size.width * size.height;
		t.equal(images.length, samples.length * area);
		for (const [n, sample] of samples.entries()) {
			const part = truth.subarray(n * area, (n + 1) * area);
			t.equal(classes[sample.label], sample.class);
			const marks = sample.defective && masks ? [0, sample.label] : [0];
			t.same([...new Set(part)].sort(), marks, `${sample.id}: its mask tells its class`);
			t.equal(hasMask[n], sample.defective && !masks ? 0 : 1);
			t.ok(new Set(images.subarray(n * area, (n + 1) * area)).size > 8, `${sample.id}: a picture`);
		}
		t.same((await openDataset(source, { seed: 5 })).samples, dataset.samples, 'the same seed gives the same split');
		const report = await checkDataset(dataset);
		t.same(
			report.findings.filter(({ level }) => level === 'error'),
			[],
		);
	});

t.test(
	'a split without a table is about 70, 15 and 15 in a hundred, of each class, and another for another seed',
	async (t) => {
		const dataset = await openDataset('simulated:count=2000', { seed: 1 });
		for (const name of ['ok', ...dataset.classes]) {
			const of = dataset.samples.filter((sample) => sample.class === name);
			const share = of.filter(({ split }) => split === 'train').length / of.length;
			t.ok(Math.abs(share - 0.7) < 0.02, `${name}: ${share}`);
		}
		const other = await openDataset('simulated:count=2000', { seed: 2 });
		t.ok(other.samples.some(({ split }, i) => split !== dataset.samples[i].split));
	},
);

t.test('items of KolektorSDD are groups, and a part is defective when its label is not empty', async (t) => {
	const folder = await folderOf(t, await kolektorFiles(4));
	const { samples } = await openDataset(folder);
	t.same([...new Set(samples.map(({ group }) => group))], ['kos01', 'kos02', 'kos03', 'kos04']);
	t.same(
		samples.filter(({ defective }) => defective).map(({ id }) => id),
		['kos01/Part1.jpg', 'kos02/Part1.jpg', 'kos03/Part1.jpg', 'kos04/Part1.jpg'],
	);
});

t.test('class folders below train, val and test keep those splits', async (t) => {
	const files: Files = Object.assign(
		{},
		...(await Promise.all(
			['train', 'val', 'test'].map(async (split) =>
				Object.fromEntries(
					Object.entries(await classFolderFiles({ good: 1, scratch: 1 }, false)).map(([path, data]) => [
						`${split}/${path}`,
						data,
					]),
				),
			),
		)),
	);
	const { samples } = await openDataset(await folderOf(t, files));
	t.ok(samples.every(({ id, split }) => id.startsWith(`${split}/`)));
	t.equal(samples.length, 6);
});

t.test(
	'a dataset with train and test but no val has it cut from train, every class in it and test as it was',
	async (t) => {
		const { image } = await partFiles(0, true);
		const files: Record<string, Uint8Array> = {};
		for (const [name, count] of Object.entries({ cat: 40, dog: 20 }))
			for (let i = 0; i < count; i++) files[`${i % 4 === 0 ? 'test' : 'train'}/${name}/${i}.jpg`] = image;
		const folder = await folderOf(t, files);
		const { samples } = await openDataset(folder, { kinds: true });
		const count = (split: string, name: string) =>
			samples.filter((sample) => sample.split === split && sample.class === name).length;
		t.ok(samples.every(({ id, split }) => id.startsWith('test/') === (split === 'test')));
		t.same([count('val', 'cat'), count('val', 'dog'), count('test', 'cat'), count('test', 'dog')], [3, 2, 10, 5]);
		t.notSame((await openDataset(folder, { kinds: true, seed: 1 })).samples, samples, 'the seed chooses');
	},
);

t.test('sound parts of MVTec AD are tested on only where they were published for it', async (t) => {
	const folder = await folderOf(t, await mvtecFiles(20, 6));
	const { samples, classes } = await openDataset(folder);
	t.same(classes, ['color', 'scratch']);
	for (const { id, split, defective, mask } of samples) {
		if (!defective) t.equal(split === 'test', id.startsWith('test/good/'), id);
		else t.equal(mask, join(folder, `ground_truth/${id.slice('test/'.length).replace('.png', '_mask.png')}`));
	}
	const { 'ground_truth/color/000_mask.png': gone, ...files } = await mvtecFiles(3, 3);
	await t.rejects(openDataset(await folderOf(t, files)), { code: 'DATASET_INVALID', message: /color\/000_mask/ });
	const orphan = { ...files, 'ground_truth/color/000_mask.png': gone, 'ground_truth/color/099_mask.png': gone };
	await t.rejects(openDataset(await folderOf(t, orphan)), { code: 'MASK_WITHOUT_IMAGE', message: /099_mask/ });
});

t.test('PNG images in class folders are images, not masks', async (t) => {
	const { mask } = await partFiles(0, true);
	const folder = await folderOf(t, { 'ok/a.png': mask, 'ok/b.png': mask, 'dent/a.png': mask });
	const { samples } = await openDataset(folder);
	t.same(
		samples.map(({ id, mask }) => [id, mask]),
		[
			['dent/a.png', undefined],
			['ok/a.png', undefined],
			['ok/b.png', undefined],
		],
	);
});

t.test('a sound class of any name can be told', async (t) => {
	const folder = await folderOf(t, await classFolderFiles({ A: 3, B: 3 }, false));
	await t.rejects(openDataset(folder), { code: 'DATASET_ONE_SIDED', message: /sound: none; defects: A, B/ });
	t.equal((await openDataset(folder, { soundClass: 'B' })).soundClass, 'B');
});

t.test('kinds need no sound class: none is defective, labels are their places, and no masks are kept', async (t) => {
	const { image, mask } = await partFiles(0, true);
	const files = { 'dog/a.jpg': image, 'cat/b.jpg': image, 'cat/b.png': mask, 'good/c.jpg': image };
	const dataset = await openDataset(await folderOf(t, files), { kinds: true });
	t.equal(dataset.soundClass, undefined);
	t.same(dataset.classes, ['cat', 'dog', 'good']);
	t.same([...labelsOf(dataset)], Object.entries({ cat: 0, dog: 1, good: 2 }));
	t.ok(dataset.samples.every(({ defective, mask }) => !defective && mask === undefined));
	const { samples, masks, hasMask } = await loadSamples(dataset, dataset.samples, size);
	t.same(
		samples.map(({ class: name, label }) => [name, label]),
		[
			['cat', 0],
			['dog', 1],
			['good', 2],
		],
	);
	t.equal(masks.length, 0);
	t.same([...hasMask], [0, 0, 0]);
});

t.test('loading without masks reads none', async (t) => {
	const dataset = await openDataset('simulated:count=40,size=64');
	const { masks, hasMask, samples } = await loadSplit(dataset, 'train', { ...size, withMasks: false });
	t.equal(masks.length, 0);
	t.same([...new Set(hasMask)], [0]);
	t.ok(samples.some(({ defective }) => defective));
});

t.test('what is wrong with a dataset is said by name', async (t) => {
	const { image, mask } = await partFiles(0, true);
	const header = 'image,mask,class,group,split\n';
	const cases: [string, string, RegExp, Files][] = [
		['no layout', 'DATASET_LAYOUT_UNKNOWN', /split\.csv.*kolektor-sdd.*class-folders/, { 'readme.txt': 'x' }],
		['an empty class', 'DATASET_CLASS_EMPTY', /dent/, { 'ok/a.jpg': image, 'dent/notes.txt': 'x' }],
		['only defects', 'DATASET_ONE_SIDED', /sound: none/, { 'dent/a.jpg': image }],
		['only sound parts', 'DATASET_ONE_SIDED', /defects: none/, { 'ok/a.jpg': image }],
		[
			'two sound classes',
			'DATASET_ONE_SIDED',
			/good, ok/,
			{ 'ok/a.jpg': image, 'good/a.jpg': image, 'dent/a.jpg': image },
		],
		[
			'a mask without image',
			'MASK_WITHOUT_IMAGE',
			/b\.png/,
			{ 'ok/a.jpg': image, 'dent/a.jpg': image, 'dent/a.png': mask, 'dent/b.png': mask },
		],
		['a label without image', 'MASK_WITHOUT_IMAGE', /Part0/, { 'kos01/Part0_label.bmp': mask }],
		[
			'an image without label',
			'DATASET_INVALID',
			/Part1/,
			{
				'kos01/Part0.jpg': image,
				'kos01/Part0_label.bmp': mask,
				'kos01/Part1.jpg': image,
			},
		],
		['no split column', 'DATASET_INVALID', /no split/, { 'split.csv': 'image,mask,class,group\na.jpg,,ok,1\n' }],
		['no rows', 'DATASET_INVALID', /rows/, { 'split.csv': header }],
		[
			'a foreign split',
			'DATASET_INVALID',
			/line 3.*found dev/,
			{ 'split.csv': `${header}a.jpg,,ok,1,val\nb.jpg,,ok,2,dev\n` },
		],
		[
			'an image twice',
			'DATASET_INVALID',
			/a\.jpg twice/,
			{ 'split.csv': `${header}a.jpg,,ok,1,val\na.jpg,,ok,1,val\n` },
		],
		['a ragged table', 'DATASET_INVALID', /table/, { 'split.csv': `${header}a.jpg,ok\n` }],
		['a row with a mask alone', 'MASK_WITHOUT_IMAGE', /line 2.*m\.png/, { 'split.csv': `${header},m.png,ok,1,val\n` }],
	];
	for (const [name, code, message, files] of cases)
		await t.rejects(openDataset(await folderOf(t, files)), { code, message }, name);
	await t.rejects(openDataset('/nowhere/at/all'), { code: 'DATASET_MISSING' });
	await t.rejects(openDataset('simulated:sead=1'), { code: 'DATASET_INVALID', message: /sead/ });
	await t.rejects(openDataset('simulated:count=many'), { code: 'DATASET_INVALID', message: /count/ });
	await t.rejects(openDataset('simulated:surfaces=glass'), { code: 'DATASET_INVALID', message: /brushed/ });
});

t.test('loading stops at an image that cannot be read, a mask of another size and an empty split', async (t) => {
	const { image, mask } = await partFiles(0, true);
	const small = await encodePng({ width: 4, height: 4, data: new Uint8Array(16) });
	const rows = 'image,mask,class,group,split\na.jpg,,ok,1,train\nb.jpg,b.png,dent,2,train\nc.jpg,c.png,dent,3,val\n';
	const folder = await folderOf(t, {
		'split.csv': rows,
		'a.jpg': image.subarray(0, 200),
		'b.jpg': image,
		'b.png': mask,
		'c.jpg': image,
		'c.png': small,
	});
	const dataset = await openDataset(folder);
	await t.rejects(loadSplit(dataset, 'train', size), {
		code: 'IMAGE_UNREADABLE',
		message: new RegExp(join(folder, 'a.jpg')),
	});
	await t.rejects(loadSplit(dataset, 'val', size), { code: 'MASK_SIZE_MISMATCH', message: /c\.png of 96 × 64.*4 × 4/ });
	await t.rejects(loadSplit(dataset, 'test', size), { code: 'DATASET_INVALID', message: /test/ });
	const { findings } = await checkDataset(dataset);
	t.match(
		findings.filter(({ level }) => level === 'error').map(({ about }) => about),
		['a.jpg', 'c.jpg', 'class ok', 'class ok', 'split test'],
		'the check goes on after the first',
	);
});

t.test('the check finds masks that contradict the class', async (t) => {
	const { image, mask } = await partFiles(0, true);
	const empty = (await partFiles(0, false)).mask;
	const folder = await folderOf(t, { 'ok/a.jpg': image, 'ok/a.png': mask, 'dent/b.jpg': image, 'dent/b.png': empty });
	const { findings } = await checkDataset(await openDataset(folder));
	t.ok(
		findings.some(
			({ level, about, message }) => level === 'error' && about === 'ok/a.jpg' && /marks a defect/.test(message),
		),
	);
	t.ok(
		findings.some(
			({ level, about, message }) => level === 'warning' && about === 'dent/b.jpg' && /empty/.test(message),
		),
	);
});

t.test('the check finds groups and twins that are in two splits', async (t) => {
	const [first, second] = [await partFiles(0, false), await partFiles(1, true)];
	const rows = ['a.jpg,,ok,1,train', 'b.jpg,,ok,2,test', 'c.jpg,,dent,3,train', 'd.jpg,,dent,3,val'];
	const folder = await folderOf(t, {
		'split.csv': ['image,mask,class,group,split', ...rows].join('\n'),
		'a.jpg': first.image,
		'b.jpg': first.image,
		'c.jpg': second.image,
		'd.jpg': (await partFiles(2, true)).image,
	});
	const { findings } = await checkDataset(await openDataset(folder));
	const text = findings.map(({ about, message }) => `${about} ${message}`).join('\n');
	t.match(text, /group 3 its images are in train and val/);
	t.match(text, /a\.jpg has the same pixels as b\.jpg/);
});

function groupsStayTogether({ samples }: Dataset): boolean {
	return [...Map.groupBy(samples, ({ group }) => group).values()].every(
		(members) => new Set(members.map(({ split }) => split)).size === 1,
	);
}
