import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { writeBundle } from '../../src/bundle/write-bundle.ts';
import { runAndon } from '../support/run-andon.ts';
import { tinyDraft } from '../support/tiny-bundle.ts';

const DATA = 'simulated:count=40,size=64';

t.test('report draws any bundle, with or without a record of its training', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await writeBundle(dir, await tinyDraft());
	const out = join(t.testdirName, 'page.html');
	const { code, stdout } = await runAndon('report', dir, DATA, '--split', 'val', '--out', out, '--json');
	t.equal(code, 0);
	const { page, written, split, models } = JSON.parse(stdout);
	t.same([page, written, split], [out, false, 'val']);
	t.same(
		models.map(({ precision }: { precision: string }) => precision),
		['int8', 'fp32'],
	);
	const html = await readFile(out, 'utf8');
	t.match(html, 'No recall is promised.');
	t.match(html, '<section id="robustness"');
	t.notMatch(html, '<section id="learning"');
});

t.test('report --write puts the page into the bundle, which stays valid', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const before = await writeBundle(dir, await tinyDraft());
	const { code, stdout, stderr } = await runAndon('report', dir, DATA, '--write');
	t.equal(code, 0, stderr);
	t.equal(stdout.trim(), join(dir, 'report.html'));
	const after = await openBundle(dir);
	t.match(new TextDecoder().decode(after.read('report.html')), '<section id="decision"');
	t.equal(after.manifest.version, before.manifest.version);
	t.not(after.manifestHash, before.manifestHash);
});
