import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { checkParity, writeParity } from '../../src/bundle/parity.ts';
import { type BundleDraft, writeBundle } from '../../src/bundle/write-bundle.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { encodePng } from '../../src/imaging/encode-image.ts';
import { openInspector } from '../../src/inference/inspector-model.ts';
import { runAndon } from '../support/run-andon.ts';
import { smallImages, smallInspector } from '../support/small-inspector.ts';
import { tinyCalibration, tinyDraft } from '../support/tiny-bundle.ts';

const INPUT = { width: 32, height: 32, channels: 1 } as const;
const images = smallImages(6);
const fp32 = encodeModel(smallInspector());
const draft = await floatDraft();

t.test('a float bundle gets an int8 model beside it and keeps its default and its promise', async (t) => {
	const { dir, folder } = await place(t.testdir());
	const { code, stdout } = await runAndon('quantize', dir, '--calibrate', folder, '--runs', '2', '--json');
	t.equal(code, 0);
	const result = JSON.parse(stdout);
	t.match(result, { audit: { passed: true, floatConvolutions: [], strayPairs: [] }, calibrationImages: 6 });
	t.match(result, { changed: true, written: true, recallWithdrawn: false, default: 'fp32', speed: { runs: 2 } });
	const bundle = await openBundle(dir);
	t.strictSame(bundle.manifest.operatingPoint, draft.manifest.operatingPoint);
	t.strictSame(
		bundle.manifest.models.map(({ precision, default: chosen }) => [precision, chosen]),
		[
			['fp32', true],
			['int8', false],
		],
	);
	t.equal(bundle.manifest.version, '2');
	t.ok(bundle.model('int8').length < fp32.length / 2);
	const { providers } = bundle.manifest.metrics as {
		providers: { provider: string; precision: string; ms?: number }[];
	};
	t.same(providers, result.providers);
	const measured = providers.filter(({ ms }) => ms! > 0).map(({ provider, precision }) => `${provider} ${precision}`);
	for (const one of ['cpu fp32', 'cpu int8']) t.ok(measured.includes(one), `the bundle keeps the speed of ${one}`);
	const inspector = await openInspector({ bytes: bundle.model('int8'), input: INPUT });
	t.equal((await checkParity(bundle, 'int8', inspector.inspect)).frames, 2, 'reference results were made anew');
	await inspector.close();
});

t.test('quantizing again on the same images changes nothing', async (t) => {
	const { dir, folder } = await place(t.testdir());
	await runAndon('quantize', dir, '--calibrate', folder, '--runs', '2');
	const { manifestHash } = await openBundle(dir);
	const { stdout } = await runAndon('quantize', dir, '--calibrate', folder, '--runs', '2', '--json');
	t.match(JSON.parse(stdout), { changed: false, written: false, manifestHash });
	t.equal((await openBundle(dir)).manifestHash, manifestHash);
});

t.test('a new int8 default loses its certified recall and its old scores', async (t) => {
	const { dir, folder } = await place(t.testdir(), await int8Draft());
	const { stdout } = await runAndon('quantize', dir, '--calibrate', folder, '--runs', '2', '--json');
	const result = JSON.parse(stdout);
	t.equal(result.recallWithdrawn, true);
	const { manifest, calibration, defaultPrecision } = await openBundle(dir);
	t.strictSame(manifest.operatingPoint, { threshold: 0.41, method: 'fixed', precision: defaultPrecision });
	t.equal(defaultPrecision, result.speed.ratio > 1 ? 'int8' : 'fp32');
	t.ok(calibration().exposures.every(({ scores }) => scores.int8 === undefined && scores.fp32 !== undefined));
});

t.test('--no-write reports in words and leaves the bundle as it is', async (t) => {
	const { dir, folder } = await place(t.testdir());
	const { manifestHash } = await openBundle(dir);
	const flags = ['--calibrate', folder, '--runs', '2', '--method', 'percentile', '--percentile', '99.9', '--no-write'];
	const { code, stdout } = await runAndon('quantize', dir, ...flags);
	t.equal(code, 0);
	for (const word of ['99.9 % of the values', 'passed: 13 convolutions on integers', 'Sigmoid', 'dB', '--no-write'])
		t.match(stdout, word);
	t.match(stdout, /closeness to the float model/);
	t.match(stdout, /equalize +(kept|dropped) .*values/);
	t.match(stdout, /round-weights +not needed/);
	t.match(stdout, /cpu, int8: [\d.]+ ms; operators: \d+ on CPUExecutionProvider/);
	t.equal((await openBundle(dir)).manifestHash, manifestHash);
});

t.test('repairs are chosen by name', async (t) => {
	const { dir, folder } = await place(t.testdir());
	const flags = ['--calibrate', folder, '--runs', '0', '--method', 'min-max', '--no-write', '--json'];
	const { stdout } = await runAndon('quantize', dir, ...flags, '--repair', 'correct-bias');
	const outcomes = JSON.parse(stdout).repairs.map(({ outcome }: { outcome: string }) => outcome);
	t.match(outcomes, ['off', /kept|dropped/, 'off', 'off', 'off']);
	const both = ['--target', 'all', '--repair', 'none', '--repair', 'tensorrt=equalize'];
	const { targets } = JSON.parse((await runAndon('quantize', dir, ...flags, ...both)).stdout);
	const triedOf = (target: { repairs: { repair: string; outcome: string }[] }) =>
		target.repairs.filter(({ outcome }) => outcome !== 'off').map(({ repair }) => repair);
	t.strictSame([triedOf(targets.cpu), triedOf(targets.tensorrt)], [[], ['equalize']], 'for one target');
	for (const [wrong, found] of [
		['polish', /found "polish"/],
		['tensorrt=polish', /found "polish"/],
		['fp16=equalize', /found those of "fp16"/],
	] as const) {
		const { code, stderr } = await runAndon('quantize', dir, ...flags, '--repair', wrong);
		t.not(code, 0);
		t.match(stderr, found);
	}
});

t.test('the int8 model for TensorRT is repaired and its repairs are listed, each with its gain', async (t) => {
	const { dir, folder } = await place(t.testdir());
	const flags = ['--calibrate', folder, '--target', 'tensorrt', '--method', 'min-max', '--runs', '0'];
	const { code, stdout } = await runAndon('quantize', dir, ...flags, '--repair', 'equalize,correct-bias', '--no-write');
	t.equal(code, 0);
	t.match(stdout, /int8-tensorrt passed: every rule of TensorRT is kept/);
	t.match(stdout, /equalize +(kept|dropped) +[\d.]+ dB +[-+][\d.]+ dB +\d+ values/);
	t.match(stdout, /correct-bias +(kept|dropped) .*every input channel/);
	t.match(stdout, /round-weights +off/);
	t.notMatch(stdout, /ms; operators/, 'no speed where none was asked for');
});

t.test('a float16 model joins the others, and the default and its promise stay', async (t) => {
	const { dir, folder } = await place(t.testdir());
	const { code, stdout } = await runAndon('quantize', dir, '--calibrate', folder, '--target', 'fp16', '--json');
	t.equal(code, 0);
	t.match(JSON.parse(stdout), {
		changedModels: ['fp16'],
		withdrawn: [],
		targets: { fp16: { check: { passed: true } } },
	});
	const { manifest, defaultPrecision, model } = await openBundle(dir);
	t.equal(defaultPrecision, 'fp32');
	t.strictSame(manifest.operatingPoint, draft.manifest.operatingPoint);
	t.ok(model('fp16').length < 0.6 * fp32.length);
	const shown = await runAndon('bundle', 'show', dir);
	for (const words of [/fp16 {2}.*inspector\.fp16\.onnx/, /fp16 scores.*\n.*promises no recall/, /fp32 scores/])
		t.match(shown.stdout, words);
	t.equal((await runAndon('bundle', 'verify', dir)).code, 0, 'and gives its reference results here');
	const again = await runAndon('quantize', dir, '--calibrate', folder, '--target', 'fp16');
	t.match(again.stdout, /adversarial frames[\s\S]*all came out as they were/);
});

t.test('missing and empty folders and bundles without a float model of images are refused', async (t) => {
	const { dir } = await place(t.testdir());
	const { manifestHash } = await openBundle(dir);
	const empty = join(dir, '..', 'empty');
	await mkdir(empty);
	const broken = join(dir, '..', 'broken');
	await mkdir(broken);
	await writeFile(join(broken, 'a.png'), 'no picture');
	for (const [folder, error] of [
		[join(dir, '..', 'nowhere'), 'DATASET_MISSING'],
		[empty, 'DATASET_CLASS_EMPTY'],
		[broken, 'IMAGE_UNREADABLE'],
	]) {
		const { code, stdout } = await runAndon('quantize', dir, '--calibrate', folder, '--json');
		t.equal(code, 1, error);
		t.equal(JSON.parse(stdout).error.code, error);
	}
	t.equal((await openBundle(dir)).manifestHash, manifestHash);
});

async function place(root: string, content = draft) {
	const dir = join(root, 'bundle');
	const folder = join(root, 'images');
	await writeBundle(dir, content);
	await mkdir(folder);
	for (const [i, data] of images.entries())
		await writeFile(join(folder, `${i}.png`), await encodePng({ ...INPUT, data }));
	return { dir, folder };
}

/** A bundle with a float model only. */
async function floatDraft(): Promise<BundleDraft> {
	const tiny = await tinyDraft();
	const inspector = await openInspector({ bytes: fp32, input: INPUT });
	const parity = await writeParity(images.slice(0, 2), { fp32: inspector.inspect });
	await inspector.close();
	return {
		manifest: {
			...tiny.manifest,
			input: INPUT,
			models: [{ role: 'inspector', precision: 'fp32', file: 'inspector.fp32.onnx', default: true }],
			operatingPoint: guaranteed('fp32'),
		},
		files: new Map<string, Uint8Array | string>([
			['inspector.fp32.onnx', fp32],
			['calibration.json', JSON.stringify(tinyCalibration())],
			...parity,
		]),
	};
}

/** The same with the float model as a stand-in for an int8 one that was quantized elsewhere. */
async function int8Draft(): Promise<BundleDraft> {
	const inspector = await openInspector({ bytes: fp32, input: INPUT });
	const parity = await writeParity(images.slice(0, 2), { fp32: inspector.inspect, int8: inspector.inspect });
	await inspector.close();
	const [float] = draft.manifest.models;
	const models = [
		{ ...float, default: false },
		{ ...float, precision: 'int8' as const, file: 'inspector.int8.onnx' },
	];
	return {
		manifest: { ...draft.manifest, models, operatingPoint: guaranteed('int8') },
		files: new Map([...draft.files, ['inspector.int8.onnx', fp32], ...parity]),
	};
}

function guaranteed(precision: string) {
	const facts = { recall: 0.95, confidence: 0.95, n: 60, toleratedMisses: 0 };
	return { threshold: 0.41, method: 'guaranteed-recall' as const, ...facts, precision };
}
