import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { AndonError } from '../../src/base/errors.ts';
import { digestOf } from '../../src/bundle/digest.ts';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { type BundleDraft, draftFrom, writeBundle } from '../../src/bundle/write-bundle.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { modelProto, type OnnxModel } from '../../src/graph/codec/onnx-schema.ts';
import { tinyCalibration, tinyDraft, tinyGraph } from '../support/tiny-bundle.ts';

const draft = await tinyDraft();

/** Rejects with this code, and with all of these words in the message. */
async function rejects(t: Test, promise: Promise<unknown>, code: string, ...words: string[]) {
	const error = await promise.then(
		() => t.fail('should have been refused'),
		(reason: AndonError) => reason,
	);
	t.equal((error as AndonError).code, code, (error as AndonError).message);
	for (const word of words) t.match((error as AndonError).message, word);
}

function withFile(from: BundleDraft, path: string, data: Uint8Array | string): BundleDraft {
	return { ...from, files: new Map([...from.files, [path, data]]) };
}

function withManifest(from: BundleDraft, changes: object): BundleDraft {
	return { ...from, manifest: { ...from.manifest, ...changes } };
}

t.test('what is written is what is opened', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const bundle = await writeBundle(dir, draft);
	const again = await openBundle(dir);
	t.equal(again.manifestHash, bundle.manifestHash);
	t.equal(again.manifestHash, digestOf(await readFile(join(dir, 'manifest.json'))));
	t.equal(again.defaultPrecision, 'int8');
	t.strictSame(Buffer.from(again.model()), Buffer.from(draft.files.get('inspector.int8.onnx') as Uint8Array));
	t.strictSame(Buffer.from(again.model('fp32')), Buffer.from(draft.files.get('inspector.fp32.onnx') as Uint8Array));
	t.strictSame(again.calibration(), tinyCalibration());
	t.strictSame(Object.keys(again.manifest.files).toSorted(), [...draft.files.keys()].toSorted());
	t.strictSame(await readdir(join(dir, '..')), ['tiny'], 'nothing lies beside it');
	t.strictSame(draftFrom(again).manifest, draft.manifest);
});

t.test('whoever runs no model keeps none, and reads its file again when it wants to copy it', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await writeBundle(dir, draft);
	const bundle = await openBundle(dir, { keepModels: false });
	t.strictSame(bundle.calibration(), tinyCalibration());
	t.throws(() => bundle.model(), { code: 'BUNDLE_INVALID', message: /only checked/ });
	for (const path of draft.files.keys())
		t.equal(digestOf(await bundle.load(path)), bundle.manifest.files[path], `${path} is as it was`);
	const { file } = bundle.manifest.models[0];
	await writeFile(join(dir, file), 'another one');
	await rejects(t, bundle.load(file), 'BUNDLE_DIGEST_MISMATCH', file);
});

t.test('one flipped bit in any file is found, and the file is named with both digests', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const { manifest } = await writeBundle(dir, draft);
	for (const path of Object.keys(manifest.files)) {
		const whole = await readFile(join(dir, path));
		const flipped = Buffer.from(whole);
		flipped[flipped.length >> 1] ^= 1;
		await writeFile(join(dir, path), flipped);
		await rejects(t, openBundle(dir), 'BUNDLE_DIGEST_MISMATCH', path, manifest.files[path], digestOf(flipped));
		await writeFile(join(dir, path), whole);
	}
	t.ok(await openBundle(dir), 'and it opens again when every byte is back');
});

t.test('one flipped bit anywhere in the manifest gives an error or another identity', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const { manifestHash } = await writeBundle(dir, draft);
	const whole = await readFile(join(dir, 'manifest.json'));
	let refused = 0;
	for (let i = 0; i < whole.length; i += 7) {
		const flipped = Buffer.from(whole);
		flipped[i] ^= 1;
		await writeFile(join(dir, 'manifest.json'), flipped);
		await openBundle(dir).then(
			(bundle) => t.not(bundle.manifestHash, manifestHash),
			(error: AndonError) => {
				refused++;
				t.match(error.code, /^BUNDLE_(INVALID|DIGEST_MISMATCH)$/, error.message);
			},
		);
	}
	t.ok(refused > whole.length / 7 / 2, `${refused} refused`);
});

t.test('a folder that is no bundle is refused with the reason', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await rejects(t, openBundle(dir), 'BUNDLE_MISSING', dir, 'andon train');
	await mkdir(dir);
	await rejects(t, openBundle(dir), 'BUNDLE_MISSING', dir);
	await writeFile(join(dir, 'manifest.json'), '{"formatVersion": 1,');
	await rejects(t, openBundle(dir), 'BUNDLE_INVALID', 'manifest.json', 'JSON');
	await writeFile(join(dir, 'manifest.json'), 'null');
	await rejects(t, openBundle(dir), 'BUNDLE_INVALID', 'manifest.json');
	await rejects(t, openBundle(join(dir, 'manifest.json')), 'BUNDLE_MISSING');
});

t.test('files that are missing, cut short, unlisted or links are refused', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await writeBundle(dir, draft);
	const model = join(dir, 'inspector.int8.onnx');
	const whole = await readFile(model);

	await writeFile(model, whole.subarray(0, whole.length / 2));
	await rejects(t, openBundle(dir), 'BUNDLE_DIGEST_MISMATCH', 'inspector.int8.onnx');
	await rm(model);
	await rejects(t, openBundle(dir), 'BUNDLE_INVALID', 'inspector.int8.onnx');
	await symlink(join(dir, 'inspector.fp32.onnx'), model);
	await rejects(t, openBundle(dir), 'BUNDLE_INVALID', 'inspector.int8.onnx', 'link');
	await rm(model);
	await writeFile(model, whole);

	await writeFile(join(dir, 'parity', 'more.bin'), 'x');
	await rejects(t, openBundle(dir), 'BUNDLE_INVALID', 'parity/more.bin');
	await rm(join(dir, 'parity', 'more.bin'));
	await symlink(t.testdirName, join(dir, 'elsewhere'));
	await rejects(t, openBundle(dir), 'BUNDLE_INVALID', 'elsewhere');
	await rm(join(dir, 'elsewhere'));
	t.ok(await openBundle(dir));
});

t.test('a manifest that says what is not so is refused, by reader and writer alike', async (t) => {
	const home = t.testdir();
	const dir = join(home, 'tiny');
	await writeBundle(dir, draft);
	const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'));
	const [fp32, int8] = manifest.models;
	const digest = '0'.repeat(64);
	const cases: [string, object, string][] = [
		['an unknown key', { colour: 'red' }, 'colour'],
		['another format', { formatVersion: 2 }, 'formatVersion'],
		['a file above the folder', { files: { ...manifest.files, '../secret': digest } }, '../secret'],
		['a file above, from below', { files: { ...manifest.files, 'parity/../../secret': digest } }, 'secret'],
		['an absolute path', { files: { ...manifest.files, '/etc/passwd': digest } }, '/etc/passwd'],
		['a Windows path', { files: { ...manifest.files, 'a\\b': digest } }, 'files'],
		['a digest that is none', { files: { ...manifest.files, 'report.html': 'abc' } }, 'report.html'],
		['itself', { files: { ...manifest.files, 'manifest.json': digest } }, 'manifest.json'],
		['no default model', { models: [fp32, { ...int8, default: false }] }, 'default'],
		['two default models', { models: [{ ...fp32, default: true }, int8] }, 'default'],
		['two models of a precision', { models: [{ ...fp32, precision: 'int8' }, int8] }, 'precision'],
		['a model that is not there', { models: [fp32, { ...int8, file: 'gone.onnx' }] }, 'gone.onnx'],
		['another input size', { input: { width: 12, height: 9, channels: 1 } }, 'image uint8[1,9,12,1]'],
		['no mask', { outputs: { score: 'score' } }, 'score float32[1]'],
		['a threshold above 1', { operatingPoint: { ...manifest.operatingPoint, threshold: 1.5 } }, 'threshold'],
		[
			'a promise without its numbers',
			{ operatingPoint: { ...manifest.operatingPoint, method: 'guaranteed-recall' } },
			'recall',
		],
		[
			'a promise for another model',
			{
				operatingPoint: {
					threshold: 0.5,
					method: 'guaranteed-recall',
					recall: 0.9,
					confidence: 0.9,
					n: 99,
					toleratedMisses: 1,
					precision: 'fp32',
				},
			},
			'fp32',
		],
	];
	for (const [name, changes, word] of cases) {
		await writeFile(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, ...changes }));
		await t.test(name, (t) => rejects(t, openBundle(dir), 'BUNDLE_INVALID', word));
		if ('files' in changes || 'formatVersion' in changes) continue;
		const other = join(home, 'other');
		await t.test(`${name}, written`, (t) =>
			rejects(t, writeBundle(other, withManifest(draft, changes)), 'BUNDLE_INVALID', word),
		);
		t.strictSame(await readdir(home), ['tiny'], 'nothing half-written');
	}
});

t.test('a model that is no whole ONNX file is refused even with its digest', async (t) => {
	const home = t.testdir();
	const dir = join(home, 'tiny');
	const model = draft.files.get('inspector.int8.onnx') as Uint8Array;
	for (const [bytes, word] of [
		[model.subarray(0, model.length - 9), 'break off'],
		[new Uint8Array(), 'empty'],
		['not a model', 'inspector.int8.onnx'],
		[encodeModel({ ...tinyGraph(), inputs: [{ name: 'x', type: 'uint8', shape: [1, 8, 12, 1] }] }), 'x uint8'],
	] as const)
		await rejects(t, writeBundle(dir, withFile(draft, 'inspector.int8.onnx', bytes)), 'BUNDLE_INVALID', word);
	t.strictSame(await readdir(home), []);
});

t.test('a model that keeps data in another file is refused', async (t) => {
	const proto = modelProto.decode(encodeModel(tinyGraph())) as OnnxModel;
	const [gain] = proto.graph?.initializer ?? [];
	gain.data_location = 1;
	gain.external_data = [{ key: 'location', value: '../../secret' }];
	const bytes = modelProto.encode(proto).finish();
	const dir = join(t.testdir(), 'tiny');
	await rejects(
		t,
		writeBundle(dir, withFile(draft, 'inspector.int8.onnx', bytes)),
		'BUNDLE_INVALID',
		'in one file',
		'another file',
	);
});

t.test('writing again replaces the bundle, and a writer that fails leaves the old one', async (t) => {
	const home = t.testdir();
	const dir = join(home, 'tiny');
	const first = await writeBundle(dir, draft);
	const second = await writeBundle(dir, withManifest(draft, { version: '2' }));
	t.not(second.manifestHash, first.manifestHash);
	t.strictSame(await readdir(home), ['tiny']);

	await rejects(t, writeBundle(dir, withFile(draft, 'report.html/inside', 'x')), 'FILE_UNWRITABLE', dir);
	t.equal((await openBundle(dir)).manifestHash, second.manifestHash);
	t.strictSame(await readdir(home), ['tiny']);
	t.strictSame(Buffer.from(first.read('report.html')), Buffer.from('<!doctype html><title>tiny</title>'));
});

t.test('a folder with anything but a bundle in it is never replaced', async (t) => {
	const home = t.testdir({ photos: { 'holiday.jpg': 'x' } });
	await rejects(t, writeBundle(join(home, 'photos'), draft), 'BUNDLE_INVALID', 'holiday.jpg');
	t.strictSame(await readdir(join(home, 'photos')), ['holiday.jpg']);

	const dir = join(home, 'tiny');
	await writeBundle(dir, draft);
	await writeFile(join(dir, 'notes.txt'), 'mine');
	await rejects(t, writeBundle(dir, draft), 'BUNDLE_INVALID', 'notes.txt');
	t.equal(await readFile(join(dir, 'notes.txt'), 'utf8'), 'mine');
	t.strictSame((await readdir(home)).toSorted(), ['photos', 'tiny']);
});

t.test('a damaged bundle can be replaced by a whole one', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await writeBundle(dir, draft);
	await writeFile(join(dir, 'inspector.int8.onnx'), 'x');
	t.ok(await writeBundle(dir, draft));
});

t.test(
	'between the two renames of a replacement, readers find the old bundle, and the next writer tidies up',
	async (t) => {
		const home = t.testdir();
		const dir = join(home, 'tiny');
		const { manifestHash } = await writeBundle(dir, draft);
		await cp(dir, join(home, '.tiny.draft-999999999-x'), { recursive: true });
		await rename(dir, join(home, '.tiny.previous'));
		t.equal((await openBundle(dir)).manifestHash, manifestHash, 'as after a power cut there');

		await rejects(t, writeBundle(dir, withFile(draft, 'inspector.int8.onnx', 'x')), 'BUNDLE_INVALID');
		t.strictSame(await readdir(home), ['tiny'], 'put back, and the draft of a dead writer removed');
		t.equal((await openBundle(dir)).manifestHash, manifestHash);
	},
);

t.test('readers that come while it is replaced get one bundle or the other, whole', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const versions = [draft, withManifest(draft, { version: '2' })];
	const hashes = new Set<string>();
	for (const version of versions) hashes.add((await writeBundle(dir, version)).manifestHash);
	let writing = true;
	const reads = (async () => {
		let count = 0;
		while (writing) {
			t.ok(hashes.has((await openBundle(dir)).manifestHash));
			count++;
		}
		return count;
	})();
	for (let i = 0; i < 20; i++) await writeBundle(dir, versions[i % 2]);
	writing = false;
	t.ok((await reads) > 5);
});

t.test('a path through a link replaces what the link points to', async (t) => {
	const home = t.testdir();
	await writeBundle(join(home, 'tiny'), draft);
	await symlink('tiny', join(home, 'current'));
	const { manifestHash } = await writeBundle(join(home, 'current'), withManifest(draft, { version: '2' }));
	t.equal((await openBundle(join(home, 'tiny'))).manifestHash, manifestHash);
	t.ok((await stat(join(home, 'current'))).isDirectory());
});

for (const trace of ['draft', 'previous'])
	t.test(`a writer killed when its ${trace} appears leaves the old bundle or the new one`, async (t) => {
		const home = t.testdir();
		const dir = join(home, 'tiny');
		const hashes = new Set<string>();
		for (const version of ['1', '2'])
			hashes.add((await writeBundle(dir, withManifest(draft, { version }))).manifestHash);
		const writer = spawn(process.execPath, [
			fileURLToPath(new URL('../support/keep-writing.ts', import.meta.url)),
			dir,
		]);
		try {
			while (!(await readdir(home)).some((name) => name.startsWith(`.tiny.${trace}`)))
				if (writer.exitCode !== null) throw new Error('the writer ended by itself');
		} finally {
			writer.kill('SIGKILL');
		}
		await once(writer, 'exit');
		t.ok(hashes.has((await openBundle(dir)).manifestHash), (await readdir(home)).join(', '));
		await writeBundle(dir, draft);
		t.strictSame(await readdir(home), ['tiny'], 'the next writer tidies up');
	});
