import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { decodeImage } from '../../src/imaging/decode-image.ts';
import { folderOf, partFiles } from '../support/dataset-fixtures.ts';

interface Outcome {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

function andon(...args: string[]): Promise<Outcome> {
	return new Promise((resolve) => {
		execFile(process.execPath, ['src/cli/andon.ts', ...args], (error, stdout, stderr) =>
			resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
		);
	});
}

t.test('simulate writes a dataset that check finds nothing wrong with', async (t) => {
	const folder = await folderOf(t, {});
	const out = join(folder, 'parts');
	const sheet = join(folder, 'sheet.png');
	const simulated = await andon('simulate', '--out', out, '--count', '80', '--size', '64', '--sheet', sheet, '--json');
	t.equal(simulated.code, 0, simulated.stderr);
	t.match(JSON.parse(simulated.stdout), { parts: 80, dataset: out, sheet });
	t.match(await readFile(join(out, 'split.csv'), 'utf8'), /^image,mask,class,group,split\n/);
	t.ok((await decodeImage(sheet, { channels: 3 })).width > 500);
	const checked = await andon('dataset', 'check', out, '--json');
	t.equal(checked.code, 0, checked.stdout);
	t.match(JSON.parse(checked.stdout), { layout: 'split.csv', samples: 80, soundClass: 'ok', sizes: { '64×64': 80 } });
});

t.test('check fails on a dataset with a broken image and names it', async (t) => {
	const { image, mask } = await partFiles(0, true);
	const folder = await folderOf(t, {
		'ok/a.jpg': image,
		'dent/b.jpg': image.subarray(0, 99),
		'dent/c.jpg': image,
		'dent/c.png': mask,
	});
	const { code, stdout } = await andon('dataset', 'check', folder);
	t.equal(code, 1);
	t.match(stdout, /error: dent\/b\.jpg: The image cannot be decoded/);
});

t.test('check draws look-alikes in two splits and writes a split without them', async (t) => {
	const folder = await folderOf(t, {});
	const out = join(folder, 'parts');
	await andon('simulate', '--out', out, '--count', '60', '--size', '64');
	const table = await readFile(join(out, 'split.csv'), 'utf8');
	const row = table.split('\n').find((line) => line.endsWith(',train'))!;
	// The same image once more, in another split.
	const copy = row.replace(/^[^,]*/, 'copy.png').replace(/[^,]*,train$/, 'other,test');
	await copyFile(join(out, row.split(',')[0]), join(out, 'copy.png'));
	await writeFile(join(out, 'split.csv'), `${table}${copy}\n`);
	const [sheet, groups] = [join(folder, 'pairs.png'), join(out, 'split.csv')];
	const leaky = await andon('dataset', 'check', out, '--json', '--sheet', sheet, '--write-groups', groups);
	t.equal(leaky.code, 1);
	const { lookAlikes, regrouped, ...rest } = JSON.parse(leaky.stdout);
	t.match(lookAlikes, { pairs: 1, acrossSplits: [{ splits: ['train', 'test'], similarity: 1 }] });
	t.match(regrouped, { path: groups, groups: 60 });
	t.equal(rest.sheet, sheet);
	t.match(await decodeImage(sheet, { channels: 3 }), { width: 402 });
	const mended = await andon('dataset', 'check', out);
	t.equal(mended.code, 0, mended.stdout);
	t.match(mended.stdout, /look-alikes +2 images in 1 pairs of at least 0\.78; 0 pairs in two splits/);
	const simulated = await andon('dataset', 'check', 'simulated:count=20,size=64', '--write-groups', groups);
	t.match(simulated.stderr, /andon simulate --out.*\[USAGE\]/);
});

t.test('check takes kinds, and a sound class of any name', async (t) => {
	const { image } = await partFiles(0, false);
	const folder = await folderOf(t, { 'cat/a.jpg': image, 'dog/b.jpg': (await partFiles(1, false)).image });
	t.match((await andon('dataset', 'check', folder)).stderr, /DATASET_ONE_SIDED/);
	t.same(Object.keys(JSON.parse((await andon('dataset', 'check', folder, '--kinds', '--json')).stdout).counts), [
		'cat',
		'dog',
	]);
	t.match(JSON.parse((await andon('dataset', 'check', folder, '--sound', 'dog', '--json')).stdout), {
		soundClass: 'dog',
	});
});

t.test('sheet draws samples, a column for each augmentation and some for all together', async (t) => {
	const folder = await folderOf(t, {});
	const out = join(folder, 'sheet.png');
	const sheet = (...args: string[]) =>
		andon('dataset', 'sheet', 'simulated:count=40,size=64', '--out', out, '--count', '4', '--size', '64', ...args);
	const everything = await sheet('--json');
	t.equal(everything.code, 0, everything.stderr);
	const alone = ['flip', 'rotate90', 'affine', 'elastic', 'photometric', 'blur', 'noise', 'cut-paste'];
	const columns = ['as it is', 'mask', ...alone, 'together', 'together', 'together'];
	t.same(JSON.parse(everything.stdout), { out, columns });
	const { width, height, data } = await decodeImage(out, { channels: 3 });
	t.equal(width, columns.length * 66 - 2);
	// A title above, and a line beneath each row.
	t.equal(height, 22 + 4 * (64 + 22 + 2) - 2);
	const tile = (column: number) => {
		const rows = Array.from({ length: 64 }, (_, y) => (22 + y) * 3 * width + 3 * 66 * column);
		return Buffer.concat(rows.map((at) => data.subarray(at, at + 3 * 64)));
	};
	for (const [n, name] of alone.slice(0, -1).entries()) t.notSame(tile(2 + n), tile(1), `${name} shows`);
});

t.test('sheet draws the augmentation of training settings', async (t) => {
	const folder = await folderOf(t, { 'settings.yaml': 'augmentation:\n  blur: {}\n' });
	const args = ['--out', join(folder, 'sheet.png'), '--count', '2', '--json'];
	const draw = (...more: string[]) => andon('dataset', 'sheet', 'simulated:count=40,size=64', ...args, ...more);
	const config = ['--config', join(folder, 'settings.yaml'), '--variants', '1'];
	const { stdout, stderr } = await draw('--preset', 'demo', ...config, '--set', 'augmentation.elastic.move=0.1');
	t.same(
		JSON.parse(stdout).columns,
		['as it is', 'mask', 'flip', 'elastic', 'photometric', 'blur', 'together'],
		stderr,
	);
	t.match(await decodeImage(join(folder, 'sheet.png'), { channels: 3 }), { width: 7 * 130 - 2 });
	const wrong = await draw('--set', 'augmentation.elastic.move=2');
	t.equal(wrong.code, 1);
	t.match(wrong.stderr, /augmentation\.elastic\.move.*\[CONFIG_INVALID\]/);
});

t.test('simulate without a place to write says what to do', async (t) => {
	const { code, stderr } = await andon('simulate');
	t.equal(code, 1);
	t.match(stderr, /expected --out or --sheet.*\[USAGE\]/);
});
