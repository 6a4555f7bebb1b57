import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { checkParity } from '../../src/bundle/parity.ts';
import { openInspector } from '../../src/inference/inspector-model.ts';
import { evaluateBundle } from '../../src/pipeline/evaluate.ts';
import { reportBundle } from '../../src/pipeline/report/report-bundle.ts';
import { train } from '../../src/pipeline/train.ts';
import { openDataset } from '../../src/training/datasets/index.ts';
import { readTrainOptions } from '../../src/training/read-train-options.ts';
import { renderReport } from '../../src/training/report/render-report.ts';

const quick = {
	preset: 'demo',
	set: ['network.options.base=4', 'network.options.depth=3', 'evaluations=1', 'confidence=0.8', 'score=auto'],
	size: 64,
	steps: 4,
	batch: 4,
} as const;

async function request(dir: string) {
	return {
		dataset: await openDataset('simulated:count=160,size=64'),
		options: await readTrainOptions(quick),
		out: `${dir}/bundle`,
		name: 'quick',
		runDir: `${dir}/run`,
		resume: false,
		threads: 1,
	};
}

t.test('training ends in a bundle that opens, gives its reference results and repeats its figures', async (t) => {
	const dir = t.testdir();
	const wanted = await request(dir);
	const stages: string[] = [];
	const result = await train({ ...wanted, onStage: (stage) => stages.push(stage) });
	t.same(stages, ['reading images', 'training', 'quantizing', 'scoring', 'drawing the report', 'writing the bundle']);
	t.ok(result.quantization?.audit.passed, 'every convolution runs in integers');
	t.ok(result.targets.fp16?.check.passed, 'and nothing overflows in float16');
	t.match(result.defaultPrecision, { precision: result.operatingPoint.precision, reason: /int8/ });

	t.same(
		result.partScore?.candidates.map(({ kind }) => kind),
		['agreement', 'head', 'peak', 'area', 'learned'],
	);
	const bundle = await openBundle(wanted.out);
	t.same(
		bundle.manifest.models.map((model) => model.precision),
		['fp32', 'int8', 'fp16'],
	);
	t.equal(bundle.manifest.operatingPoint.method, 'guaranteed-recall');
	const providers = bundle.manifest.metrics.providers as typeof result.providers;
	t.same(
		providers.filter(({ provider, ms }) => provider === 'cpu' && ms! > 0).map(({ precision }) => precision),
		['fp32', 'int8', 'fp16'],
		'the bundle keeps how fast each model is here',
	);
	for (const precision of ['fp32', 'int8', 'fp16'] as const) {
		const inspector = await openInspector({ bytes: bundle.model(precision), input: bundle.manifest.input });
		await checkParity(bundle, precision, inspector.inspect);
		await inspector.close();
	}
	const again = await evaluateBundle(bundle, wanted.dataset, { split: 'test', against: 'fp32' });
	t.same(again.flips, result.flips);
	t.equal(again.image.ap, result.image.ap);
	t.same(again.pixel, result.pixel);
	t.same(await readdir(`${dir}/run/samples`), ['step-000004.png']);

	const page = new TextDecoder().decode(bundle.read('report.html'));
	t.equal(page, await readFile(`${dir}/run/report.html`, 'utf8'), 'the run keeps the report too');
	t.equal(
		page,
		renderReport(JSON.parse(await readFile(`${dir}/run/report.json`, 'utf8'))),
		'and what it was drawn from',
	);
	t.ok(page.length < 1_500_000, `${page.length} characters`);
	t.match(page, 'Speed by execution provider');
	for (const section of ['decision', 'separation', 'mistakes', 'robustness', 'learning', 'gradients', 'dataset', 'run'])
		t.match(page, `<section id="${section}"`);
	const drawn = await reportBundle(bundle, wanted.dataset, { split: 'test' });
	t.same(
		drawn.models[0].evaluation,
		{ image: result.image, pixel: result.pixel, operatingPoint: result.operatingPoint, n: result.n },
		'a report drawn later tells the same figures',
	);
	t.match(drawn.expectedIou?.correction, bundle.manifest.iouCorrections?.[drawn.models[0].precision as 'fp32'] ?? {});
	t.same(drawn.learning?.best, result.best, 'and how the bundle was trained');
	t.match(page, /Part score.*; AP on \d+ val images/s);
	t.notMatch(page, '⚠');

	await train({ ...wanted, targets: [], resume: true });
	const { manifest, defaultPrecision } = await openBundle(wanted.out);
	t.equal(manifest.version, '2', 'a bundle that replaces another counts up');
	t.strictSame([manifest.models.length, defaultPrecision], [1, 'fp32'], 'and holds what was asked for');
});

t.test('a recall that the test parts cannot prove is refused before training', async (t) => {
	const dir = t.testdir();
	const wanted = await request(dir);
	const options = await readTrainOptions({ ...quick, recall: 0.999 });
	await t.rejects(train({ ...wanted, options }), { code: 'RECALL_NOT_CERTIFIABLE' });
	t.same(await readdir(dir), []);
});

t.test('settings that do not exist are refused by name', async (t) => {
	await t.rejects(readTrainOptions({ ...quick, set: ['augmentation.flap={}'] }), {
		code: 'CONFIG_INVALID',
		message: /flap/,
	});
	await t.rejects(readTrainOptions({ ...quick, set: ['steps'] }), { code: 'USAGE' });
	const options = await readTrainOptions({ ...quick, set: ['schedule.rate=0.5'] });
	t.equal(options.schedule.rate, 0.5);
	t.equal(options.width, 64);
});

t.test('a run that ONNX Runtime began goes on in TensorFlow.js, and the result names it', async (t) => {
	const options = await readTrainOptions({ ...quick, set: [...quick.set, 'evaluations=2'] });
	const wanted = { ...(await request(t.testdir())), options, targets: ['cpu'] as const };
	const interrupted = new Error('power cut');
	const seen: string[] = [];
	const onEngine = (runtime: string) => seen.push(runtime);
	const cut = train({
		...wanted,
		onEngine,
		onProgress: ({ step }) => {
			if (step === 3) throw interrupted;
		},
	});
	await t.rejects(cut, interrupted);
	const steps: number[] = [];
	const result = await train({
		...wanted,
		engine: 'tfjs',
		resume: true,
		onEngine,
		onProgress: ({ step }) => steps.push(step),
	});
	t.same(steps, [3, 4]);
	t.match(seen, [/^onnxruntime-node /, /^@tensorflow\/tfjs/]);
	t.equal(result.engine, seen[1]);
});

t.test('a place where the bundle could not be written is refused before any work', async (t) => {
	const dir = t.testdir({ occupied: { 'notes.txt': 'mine' } });
	const wanted = await request(dir);
	const onStage = () => t.fail('nothing starts');
	await t.rejects(train({ ...wanted, onStage, out: `${dir}/occupied` }), {
		code: 'BUNDLE_INVALID',
		message: /notes\.txt/,
	});
	await t.rejects(train({ ...wanted, onStage, runDir: `${wanted.out}/run` }), { code: 'USAGE' });
	t.same(await readdir(dir), ['occupied']);
});
