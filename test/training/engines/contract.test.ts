import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { simpleCnn, simpleCnnOptions } from '../../../src/networks/simple-cnn.ts';
import type { Engine } from '../../../src/training/engines/engine.ts';
import { ENGINES, type EngineName } from '../../../src/training/engines/index.ts';
import { LOSSES } from '../../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../../src/training/optimizers/index.ts';
import { parameterLayout } from '../../../src/training/parameters.ts';
import type { StepOptions } from '../../../src/training/step-graph.ts';

const size = 16;
const count = 4;
const network = simpleCnn(simpleCnnOptions.parse({ width: size, height: size, base: 4, depth: 2, hidden: 8 }));
const layout = parameterLayout(network);
const every = layout.trainable.map((slot) => slot.name);
const random = new Random(1);
const batch = {
	x: Float32Array.from({ length: count * size * size }, () => random.between(0, 1)),
	mask: undefined,
	label: Float32Array.of(0, 1, 0, 1),
};

function stepOptions(changes: Partial<StepOptions> = {}): StepOptions {
	return {
		network,
		layout,
		batch: count,
		losses: [{ name: 'score.bce', output: 'score_logits', weight: 2, build: LOSSES.bce.create({}) }],
		optimizer: OPTIMIZERS.adam.create({ weightDecay: 0.1 }),
		clipNorm: 0,
		momentum: 0.1,
		...changes,
	};
}

const open = (name: EngineName, changes: Partial<StepOptions> = {}) =>
	ENGINES[name]({ ...stepOptions(changes), threads: 1 });

async function takeSteps(engine: Engine, steps: number): Promise<number> {
	let loss = Number.NaN;
	for (let i = 0; i < steps; i++) loss = (await engine.step(batch, 0.01)).loss;
	return loss;
}

/** Largest difference of two vectors. */
function apart(a: Float32Array, b: Float32Array): number {
	return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
}

for (const name of Object.keys(ENGINES) as EngineName[]) {
	t.test(`${name}: steps lower the loss, and it is the weighted sum of its terms`, async (t) => {
		const engine = await open(name);
		const first = await engine.step(batch, 0.01);
		t.ok(Math.abs(first.loss - 2 * first.terms['score.bce']) < 1e-5);
		t.ok((await takeSteps(engine, 8)) < 0.7 * first.loss);
		t.equal(engine.state().step, 9);
		t.match(engine.runtime, /^(onnxruntime-node|@tensorflow\/tfjs\S*) \d+\.\d+\.\d+ \(\w+\)$/);
		await engine.close();
	});

	t.test(`${name}: a run that is interrupted goes on exactly where it was`, async (t) => {
		const whole = await open(name);
		await takeSteps(whole, 2);
		const saved = structuredClone(whole.state());
		await takeSteps(whole, 2);
		const resumed = await open(name);
		resumed.restore(saved);
		await takeSteps(resumed, 2);
		t.strictSame(resumed.state(), whole.state());
		await Promise.all([whole.close(), resumed.close()]);
	});

	t.test(`${name}: a state that was handed out stays as it was`, async (t) => {
		const engine = await open(name);
		const state = engine.state();
		const copy = structuredClone(state);
		await takeSteps(engine, 1);
		t.strictSame(state, copy);
		t.not(apart(engine.state().weights, copy.weights), 0);
		await engine.close();
	});

	t.test(`${name}: what is frozen on the way keeps its values, what stays learnt keeps its moments`, async (t) => {
		const engine = await open(name);
		await takeSteps(engine, 2);
		const before = engine.state();
		// The dense layers, behind every normalisation.
		const kept = layout.trainable.slice(-4);
		const smaller = await engine.setTrainable(kept.map((slot) => slot.name));
		t.same(
			smaller.trainable.map((slot) => slot.name),
			kept.map((slot) => slot.name),
		);
		t.equal(smaller.running.length, 0);
		const between = engine.state();
		t.equal(between.step, 2);
		for (const [i, { offset, size }] of kept.entries()) {
			const at = smaller.trainable[i].offset;
			t.strictSame(between.weights.slice(at, at + size), before.weights.slice(offset, offset + size));
			t.strictSame(between.optimizer[1].slice(at, at + size), before.optimizer[1].slice(offset, offset + size));
		}
		const { loss, gradientNorms } = await engine.step(batch, 0.01);
		t.equal(gradientNorms.length, kept.length);
		t.ok(Number.isFinite(loss));
		const whole = await engine.setTrainable(every);
		const after = engine.state();
		for (const { name, offset, size } of layout.trainable) {
			const at = whole.trainable.find((slot) => slot.name === name)!.offset;
			const moved = apart(after.weights.slice(at, at + size), before.weights.slice(offset, offset + size));
			t.equal(
				moved > 0,
				kept.some((slot) => slot.name === name),
				name,
			);
		}
		t.strictSame(after.running, before.running);
		await t.rejects(engine.setTrainable(['no/such']), { code: 'GRAPH_INVALID' });
		await engine.close();
	});

	t.test(`${name}: clipping bounds what the optimizer sees and reports the norm before`, async (t) => {
		const free = await open(name);
		const { gradientNorm, gradientNorms } = await free.step(batch, 0.01);
		t.ok(Math.abs(Math.hypot(...gradientNorms) - gradientNorm) < 1e-4 * gradientNorm);
		for (const [limits, expected] of [
			[{ clipNorm: 1e-2 }, 1e-2],
			[{ clipNorm: 1e6 }, gradientNorm],
		] as const) {
			const clipped = await open(name, limits);
			t.ok(Math.abs((await clipped.step(batch, 0.01)).gradientNorm - gradientNorm) < 1e-5 * gradientNorm);
			// Adam's first moment after one step is a tenth of the gradient.
			const seen = Math.hypot(...clipped.state().optimizer[0]) * 10;
			t.ok(Math.abs(seen - expected) < 1e-3 * expected, `${seen} for ${expected}`);
			await clipped.close();
		}
		const bounded = await open(name, { clipValue: 1e-4 });
		await bounded.step(batch, 0.01);
		const largest = Math.max(...bounded.state().optimizer[0].map(Math.abs)) * 10;
		t.ok(Math.abs(largest - 1e-4) < 1e-9, `${largest}`);
		await Promise.all([free.close(), bounded.close()]);
	});

	t.test(`${name}: a loss that is not a number leaves everything as it was`, async (t) => {
		const engine = await open(name);
		await takeSteps(engine, 1);
		const before = structuredClone(engine.state());
		const spoilt = { ...batch, x: batch.x.map((value, i) => (i === 5 ? Number.NaN : value)) };
		const { loss } = await engine.step(spoilt, 0.01);
		t.notOk(Number.isFinite(loss));
		t.strictSame(engine.state(), before);
		await engine.close();
	});
}

t.test('each engine goes on from the other one’s state, and both arrive at the same weights', async (t) => {
	for (const optimizer of [
		OPTIMIZERS.adam.create({ weightDecay: 0.1 }),
		OPTIMIZERS.sgd.create({ momentum: 0.9 }),
		OPTIMIZERS.sgd.create({ momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
		OPTIMIZERS.sgd.create({ momentum: 0 }),
	]) {
		const [ort, tfjs] = [await open('ort', { optimizer }), await open('tfjs', { optimizer })];
		await takeSteps(ort, 2);
		tfjs.restore(ort.state());
		await takeSteps(ort, 2);
		await takeSteps(tfjs, 2);
		const [ours, theirs] = [ort.state(), tfjs.state()];
		const name = `${optimizer.name} ${JSON.stringify(optimizer.options)}`;
		t.equal(theirs.step, ours.step);
		t.ok(apart(ours.weights, theirs.weights) < 2e-5, `${name}: weights ${apart(ours.weights, theirs.weights)}`);
		t.ok(apart(ours.running, theirs.running) < 1e-5, `${name}: statistics`);
		for (const [i, vector] of ours.optimizer.entries())
			t.ok(apart(vector, theirs.optimizer[i]) < 1e-5, `${name}: state ${i}`);
		ort.restore(tfjs.state());
		t.strictSame(ort.state().weights, theirs.weights);
		await Promise.all([ort.close(), tfjs.close()]);
	}
});

t.test('parameters that join on the way move alike in both engines', async (t) => {
	const [ort, tfjs] = [await open('ort'), await open('tfjs')];
	for (const engine of [ort, tfjs]) {
		await engine.setTrainable(every.slice(-4));
		await takeSteps(engine, 3);
		await engine.setTrainable(every);
		await takeSteps(engine, 1);
	}
	t.ok(apart(ort.state().weights, tfjs.state().weights) < 1e-5, `${apart(ort.state().weights, tfjs.state().weights)}`);
	t.ok(apart(ort.state().optimizer[1], tfjs.state().optimizer[1]) < 1e-6);
	await Promise.all([ort.close(), tfjs.close()]);
});
