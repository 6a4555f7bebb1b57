import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { writeParity } from '../../src/bundle/parity.ts';
import { writeBundle } from '../../src/bundle/write-bundle.ts';
import { runAndon } from '../support/run-andon.ts';
import { tinyDraft, tinyFrame } from '../support/tiny-bundle.ts';

const draft = await tinyDraft();

t.test('bundle show tells what is inside, to people and to programs', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const { manifest, manifestHash } = await writeBundle(dir, draft);
	const words = await runAndon('bundle', 'show', dir);
	t.equal(words.code, 0);
	for (const word of [
		'tiny, version 1',
		manifestHash,
		'12 × 8, grey',
		'inspector.int8.onnx  (default)',
		'promises no recall',
	])
		t.match(words.stdout, word);
	const json = JSON.parse((await runAndon('bundle', 'show', dir, '--json')).stdout);
	t.strictSame(json.manifest, manifest);
	t.equal(json.manifestHash, manifestHash);
});

t.test('bundle verify runs every model on this host', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await writeBundle(dir, draft);
	const { code, stdout } = await runAndon('bundle', 'verify', dir, '--json');
	t.equal(code, 0);
	const same = { frames: 2, maxScoreDifference: 0, maxMaskDifference: 0, meanMaskDifference: 0 };
	t.strictSame(JSON.parse(stdout).parity, { fp32: same, int8: same });
	t.match((await runAndon('bundle', 'verify', dir)).stdout, 'this host gives the results');
});

t.test('bundle verify fails on a changed byte and on results that differ, and names both', async (t) => {
	const home = t.testdir();
	const dir = join(home, 'tiny');
	await writeBundle(dir, draft);
	const path = join(dir, 'inspector.int8.onnx');
	const bytes = await readFile(path);
	bytes[bytes.length - 1] ^= 1;
	await writeFile(path, bytes);
	const changed = await runAndon('bundle', 'verify', dir, '--json');
	t.equal(changed.code, 1);
	t.equal(JSON.parse(changed.stdout).error.code, 'BUNDLE_DIGEST_MISMATCH');
	t.match(changed.stderr, 'inspector.int8.onnx');

	const wrong = async () => ({ score: 0.9, mask: new Float32Array(96) });
	const parity = await writeParity([tinyFrame(10)], { fp32: wrong, int8: wrong });
	const files = [...draft.files].filter(([file]) => !file.startsWith('parity/'));
	await writeBundle(join(home, 'other'), { ...draft, files: new Map([...files, ...parity]) });
	const differs = await runAndon('bundle', 'verify', join(home, 'other'));
	t.equal(differs.code, 1);
	t.match(differs.stderr, 'BUNDLE_PARITY_FAILED');
});
