import t from 'tap';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { fineTuningFor } from '../../src/pipeline/fine-tune-bundle.ts';
import { judgeOnVal } from '../../src/pipeline/judge-on-val.ts';
import { loadCalibrationImages } from '../../src/pipeline/load-calibration-images.ts';
import { quantizeBundle } from '../../src/pipeline/quantize-bundle.ts';
import { train } from '../../src/pipeline/train.ts';
import { openDataset } from '../../src/training/datasets/index.ts';
import { readTrainOptions } from '../../src/training/read-train-options.ts';

// Seconds on a machine of its own, minutes beside others.
t.setTimeout(300_000);

const source = 'simulated:count=160,size=64';

t.test(
	'training can end with the rounding of int8 in the graph, and a bundle can be trained on so later',
	async (t) => {
		const dir = t.testdir();
		const set = ['network.options.base=4', 'network.options.depth=3', 'evaluations=1', 'confidence=0.8'];
		const options = await readTrainOptions({
			preset: 'demo',
			set: [...set, 'quantizationAware.steps=3'],
			size: 64,
			steps: 4,
			batch: 4,
		});
		const seen: number[] = [];
		const { quantization } = await train({
			dataset: await openDataset(source),
			options,
			out: `${dir}/bundle`,
			name: 'quick',
			runDir: `${dir}/run`,
			resume: false,
			targets: ['cpu'],
			threads: 1,
			onProgress: ({ steps }) => seen.push(steps),
		});
		t.same(seen, [4, 4, 4, 4, 3, 3, 3], 'fine-tuning follows training');
		const names = quantization!.repairs.map(({ repair }) => repair);
		t.equal(names.at(-2), 'fine-tuning', 'before layers are kept in float');

		const bundle = await openBundle(`${dir}/bundle`);
		const { input } = bundle.manifest;
		const { reports } = await quantizeBundle(bundle, await loadCalibrationImages(source, input, 4), {
			...(await judgeOnVal(source, bundle.model('fp32'), input, { threads: 1 })),
			fineTuning: await fineTuningFor(bundle, source, { steps: 2, rate: 1e-5, threads: 1 }),
			methods: [{ method: 'min-max' }],
			speedRuns: 0,
		});
		const trial = reports.cpu!.repairs.find(({ repair }) => repair === 'fine-tuning')!;
		t.match(trial, { outcome: /^(kept|dropped)$/, detail: /^2 steps at 0.00001, best after \d$/ });
		t.ok(Number.isFinite(trial.gain));
		t.equal(trial.outcome === 'kept', trial.gain! > 0, 'kept only where held-out data gain by it');
	},
);

t.test('settings of a training that no longer hold are named, unknown ones are passed over', async (t) => {
	const bundle = (training: object) => ({ manifest: { training, outputs: {}, classes: [], input: {} } }) as never;
	await t.rejects(fineTuningFor(bundle({ options: { batch: 'many', gone: 1 } }), source, { steps: 1 }), {
		code: 'CONFIG_INVALID',
		message: /batch/,
	});
});

t.test('a dataset of other classes is refused where the bundle tells classes apart', async (t) => {
	const outputs = { score: 'score', labels: 'labels' };
	const bundle = { manifest: { training: {}, outputs, classes: ['Crack', 'Fray'], input: {} } } as never;
	await t.rejects(fineTuningFor(bundle, source, { steps: 1 }), { code: 'DATASET_INVALID', message: /Crack, Fray/ });
});
