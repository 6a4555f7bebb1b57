import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { unet, unetOptions } from '../../src/networks/unet.ts';
import { openOrtEngine } from '../../src/training/engines/ort/ort-engine.ts';
import { type FitOptions, fit } from '../../src/training/fit.ts';
import type { LabelledImages } from '../../src/training/labelled-images.ts';
import { LOSSES } from '../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../src/training/optimizers/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';
import { TraceRecorder } from '../../src/training/run-trace.ts';

const size = 16;
const network = unet(unetOptions.parse({ width: size, height: size, base: 4, depth: 2, seed: 3 }));
const layout = parameterLayout(network);

/** Bright squares on noise. */
function squares(count: number): LabelledImages {
	const random = new Random(5);
	const images = new Uint8Array(count * size * size);
	const masks = new Uint8Array(count * size * size);
	const samples = Array.from({ length: count }, (_, i) => {
		const defective = i % 2 === 1;
		for (let p = 0; p < size * size; p++) images[i * size * size + p] = 60 + random.integer(60);
		if (defective) {
			const [left, top] = [random.integer(size - 5), random.integer(size - 5)];
			for (let y = top; y < top + 5; y++)
				for (let x = left; x < left + 5; x++) {
					images[(i * size + y) * size + x] = 220;
					masks[(i * size + y) * size + x] = 1;
				}
		}
		return { id: `${i}`, group: `${i}`, class: defective ? 'square' : 'ok', label: Number(defective), defective };
	});
	const hasMask = new Uint8Array(count).fill(1);
	return { width: size, height: size, channels: 1, images, masks, hasMask, samples, classes: ['ok', 'square'] };
}

const data = squares(16);

async function run(changes: Partial<FitOptions> = {}, optimizer = {}) {
	const engine = await openOrtEngine({
		network,
		layout,
		batch: 4,
		losses: [
			{ name: 'mask.bce', output: 'mask_logits', weight: 1, build: LOSSES.bce.create({ positiveWeight: 2 }) },
			{ name: 'mask.dice', output: 'mask_logits', weight: 1, build: LOSSES.dice.create({}) },
			{ name: 'score.bce', output: 'score_logits', weight: 1, build: LOSSES.bce.create({}) },
		],
		optimizer: OPTIMIZERS.adam.create(optimizer),
		clipNorm: 1,
		momentum: 0.1,
		threads: 1,
	});
	const losses: number[] = [];
	try {
		const result = await fit({
			engine,
			network,
			layout,
			data,
			batch: 4,
			steps: 30,
			schedule: { kind: 'one-cycle', rate: 0.02, warmUp: 0.2 },
			sampler: { order: 'balanced', defectShare: 0.5 },
			augment: (image, _mask, random) => {
				const gain = random.between(0.9, 1.1);
				for (let i = 0; i < image.length; i++) image[i] *= gain;
			},
			averageDecay: 0.9,
			evaluateEvery: 10,
			patience: 0,
			seed: 1,
			evaluate: async (_network, step) => ({ metric: step }),
			onProgress: ({ loss }) => losses.push(loss),
			...changes,
		});
		return { result, losses, state: engine.state() };
	} finally {
		await engine.close();
	}
}

t.test('the loss falls and is the weighted sum of its terms', async (t) => {
	const { result } = await run({ steps: 60, evaluateEvery: 20 });
	const [first, , last] = result.history;
	t.ok(last.loss < first.loss * 0.7, `${first.loss} → ${last.loss}`);
	const sum = Object.values(last.terms).reduce((a, b) => a + b, 0);
	t.ok(Math.abs(sum - last.loss) < 1e-4);
});

t.test('the trace follows every step of a short run and is thinned on a long one', async (t) => {
	const { trace, history } = (await run()).result;
	t.equal(trace.points.length, 30);
	t.equal(trace.points.at(-1)!.step, 30);
	t.equal(trace.layers[0], layout.trainable[0].name);
	t.notOk(
		trace.layers.some((name) => /bias|scale/.test(name)),
		'weights only',
	);
	for (const { norms } of trace.points) t.ok(norms.length === trace.layers.length && norms.every((norm) => norm > 0));
	const mean = trace.points.slice(0, 10).reduce((sum, { loss }) => sum + loss, 0) / 10;
	t.ok(Math.abs(mean - history[0].loss) < 1e-3 * mean, 'the loss is the one that the history tells');
	const long = new TraceRecorder(network, 1200);
	const head = parameterLayout(network, (name) => name.startsWith('mask/'));
	long.follow(head);
	const result = {
		loss: 1,
		terms: {},
		gradientNorm: 1,
		gradientNorms: new Float32Array(layout.trainable.length).fill(2),
	};
	for (let step = 1; step <= 1200; step++) long.add(step, { ...result, loss: step }, 0.1);
	const { points, layers } = long.trace();
	t.same(layers, ['mask/weight'], 'what is frozen is left out');
	t.equal(points.length, 120);
	t.same([points[0].step, points[0].loss, points[0].norms[0]], [10, 5.5, 2]);
});

t.test('the same seed gives the same weights, another seed does not', async (t) => {
	const [a, b, c] = [await run(), await run(), await run({ seed: 2 })];
	t.same(a.state.weights, b.state.weights);
	t.notSame(a.state.weights, c.state.weights);
});

t.test('a run that was interrupted and resumed ends with the weights of one that was not', async (t) => {
	const path = `${t.testdir()}/checkpoint.bin`;
	const whole = await run();
	const interrupted = run({
		checkpoint: { path, configuration: 'a', resume: false },
		onProgress: ({ step }) => {
			if (step === 17) throw new Error('power cut');
		},
	});
	await t.rejects(interrupted, { message: 'power cut' });
	const resumed = await run({ checkpoint: { path, configuration: 'a', resume: true } });
	t.same(resumed.state.weights, whole.state.weights);
	t.same(resumed.result.best, whole.result.best);
	t.same(resumed.result.trace, whole.result.trace);
	await t.rejects(run({ checkpoint: { path, configuration: 'b', resume: true } }), { code: 'CONFIG_INVALID' });
});

t.test('an interrupted run through shuffled epochs goes on in the middle of one', async (t) => {
	const path = `${t.testdir()}/checkpoint.bin`;
	const sampler = { order: 'shuffle', defectShare: 0.5 } as const;
	const whole = await run({ sampler });
	const onProgress = ({ step }: { step: number }) => {
		if (step === 13) throw new Error('power cut');
	};
	await t.rejects(run({ sampler, onProgress, checkpoint: { path, configuration: 'a', resume: false } }));
	const resumed = await run({ sampler, checkpoint: { path, configuration: 'a', resume: true } });
	t.same(resumed.state.weights, whole.state.weights);
});

t.test('a run that stopped early is finished: resuming it trains no further', async (t) => {
	const path = `${t.testdir()}/checkpoint.bin`;
	const metrics = [0.9, 0.5, 0.4, 1, 1, 1];
	const changes = { evaluateEvery: 5, patience: 2, evaluate: async () => ({ metric: metrics.shift()! }) };
	const first = await run({ ...changes, checkpoint: { path, configuration: 'a', resume: false } });
	const again = await run({ ...changes, checkpoint: { path, configuration: 'a', resume: true } });
	t.ok(first.result.stoppedEarly && again.result.stoppedEarly);
	t.same(again.result.best, first.result.best);
	t.equal(again.state.step, 15);
	t.same(again.losses, []);
});

t.test('early stopping gives back the best weights', async (t) => {
	const metrics = new Map([
		[5, 0.2],
		[10, 0.9],
		[15, 0.5],
		[20, 0.4],
	]);
	let best: unknown;
	const { result } = await run({
		evaluateEvery: 5,
		patience: 2,
		evaluate: async (candidate, step) => {
			if (step === 10) best = candidate.initializers.get('mask/weight')?.data;
			return { metric: metrics.get(step) ?? 0 };
		},
	});
	t.ok(result.stoppedEarly);
	t.equal(result.history.length, 4);
	t.same(result.best, { step: 10, metric: 0.9 });
	t.same(result.network.initializers.get('mask/weight')?.data, best);
});

t.test('a loss that is no number stops the run and says so', async (t) => {
	const broken = { ...data, images: data.images };
	await t.rejects(run({ data: broken, augment: (image) => image.fill(Number.NaN) }), {
		code: 'TRAINING_DIVERGED',
		message: /step 1/,
	});
});
