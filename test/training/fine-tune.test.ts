import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { unet, unetOptions } from '../../src/networks/unet.ts';
import { openOrtEngine } from '../../src/training/engines/ort/ort-engine.ts';
import { type FitOptions, fit } from '../../src/training/fit.ts';
import type { LabelledImages } from '../../src/training/labelled-images.ts';
import { LOSSES } from '../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../src/training/optimizers/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';

const size = 16;
const network = unet(unetOptions.parse({ width: size, height: size, base: 4, depth: 2, seed: 3 }));
const every = parameterLayout(network).trainable.map((slot) => slot.name);
const isEncoder = (name: string) => name.startsWith('down');

/** Left halves that are brighter in defective images. */
function halves(count: number): LabelledImages {
	const random = new Random(5);
	const images = Uint8Array.from({ length: count * size * size }, () => 60 + random.integer(60));
	const masks = new Uint8Array(count * size * size);
	const samples = Array.from({ length: count }, (_, i) => {
		const defective = i % 2 === 1;
		for (let p = 0; defective && p < size * size; p++)
			if (p % size < 5) {
				images[i * size * size + p] = 220;
				masks[i * size * size + p] = 1;
			}
		return { id: `${i}`, group: `${i}`, class: defective ? 'half' : 'ok', label: Number(defective), defective };
	});
	const hasMask = new Uint8Array(count).fill(1);
	return { width: size, height: size, channels: 1, images, masks, hasMask, samples, classes: ['ok', 'half'] };
}

const fineTune = { step: 12, trainable: every, rate: 0.002 };

async function run(changes: Partial<FitOptions> = {}) {
	const layout = parameterLayout(network, (name) => !isEncoder(name));
	const engine = await openOrtEngine({
		network,
		layout,
		batch: 4,
		losses: [{ name: 'mask.bce', output: 'mask_logits', weight: 1, build: LOSSES.bce.create({}) }],
		optimizer: OPTIMIZERS.adam.create({}),
		clipNorm: 1,
		momentum: 0.1,
		threads: 1,
	});
	const rates: number[] = [];
	const candidates = new Map<number, ReadonlyMap<string, unknown>>();
	try {
		const result = await fit({
			engine,
			network,
			layout,
			data: halves(8),
			batch: 4,
			steps: 24,
			schedule: { kind: 'one-cycle', rate: 0.02, warmUp: 0.2 },
			fineTune,
			sampler: { order: 'balanced', defectShare: 0.5 },
			augment: () => {},
			averageDecay: 0.9,
			evaluateEvery: 6,
			patience: 0,
			seed: 1,
			evaluate: async (candidate, step) => {
				candidates.set(step, new Map([...candidate.initializers].map(([name, { data }]) => [name, data])));
				return { metric: step };
			},
			onProgress: ({ learningRate }) => rates.push(learningRate),
			...changes,
		});
		return { result, rates, candidates, state: engine.state() };
	} finally {
		await engine.close();
	}
}

t.test('frozen layers wait until fine-tuning begins, then move at the lower rate', async (t) => {
	const { result, rates, candidates } = await run();
	for (const [name, { data }] of network.initializers) {
		if (!isEncoder(name)) continue;
		t.same(candidates.get(12)?.get(name), data, `${name} is bit-identical before`);
		t.notSame(candidates.get(24)?.get(name), data, `${name} moves after`);
	}
	t.equal(Math.max(...rates.slice(0, 12)), 0.02);
	t.equal(Math.max(...rates.slice(12)), 0.002);
	t.ok(rates[12] < 0.0002, 'the schedule warms up again');
	t.equal(result.best.step, 24);
});

t.test('a run resumed in either phase ends where one without interruption ends', async (t) => {
	const whole = await run();
	for (const cut of [9, 14, 20]) {
		const path = `${t.testdir()}/checkpoint-${cut}.bin`;
		const interrupted = run({
			checkpoint: { path, configuration: 'a', resume: false },
			onProgress: ({ step }) => {
				if (step === cut) throw new Error('power cut');
			},
		});
		await t.rejects(interrupted, { message: 'power cut' });
		const resumed = await run({ checkpoint: { path, configuration: 'a', resume: true } });
		t.same(resumed.state, whole.state, `cut at ${cut}`);
		t.same(resumed.result.network.initializers, whole.result.network.initializers);
		t.same(resumed.result.best, whole.result.best);
	}
});

t.test('the best weights may be those of before fine-tuning, with the frozen layers as they were', async (t) => {
	const { result } = await run(bestAt(6));
	t.equal(result.best.step, 6);
	for (const name of every.filter(isEncoder))
		t.same(result.network.initializers.get(name)?.data, network.initializers.get(name)?.data);
});

t.test('patience begins anew with fine-tuning', async (t) => {
	const { result } = await run({ steps: 48, patience: 2, ...bestAt(6) });
	t.ok(result.stoppedEarly);
	t.equal(result.history.at(-1)?.step, 24, 'two evaluations after fine-tuning began at step 12');
});

function bestAt(best: number): Pick<FitOptions, 'evaluate'> {
	return { evaluate: async (_network, step) => ({ metric: step === best ? 1 : 0 }) };
}
