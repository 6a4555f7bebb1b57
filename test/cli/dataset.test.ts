import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
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

t.test('sheet draws samples and their augmented variants', async (t) => {
	const folder = await folderOf(t, {});
	const out = join(folder, 'sheet.png');
	const { code, stderr } = await andon(
		'dataset',
		'sheet',
		'simulated:count=40',
		'--out',
		out,
		'--count',
		'3',
		'--size',
		'64',
	);
	t.equal(code, 0, stderr);
	t.match(await decodeImage(out, { channels: 3 }), { width: 7 * 66 - 2, height: 3 * 66 - 2 });
});

t.test('simulate without a place to write says what to do', async (t) => {
	const { code, stderr } = await andon('simulate');
	t.equal(code, 1);
	t.match(stderr, /expected --out or --sheet.*\[USAGE\]/);
});
