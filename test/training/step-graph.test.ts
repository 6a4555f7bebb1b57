import t from 'tap';
import { unet, unetOptions } from '../../src/networks/unet.ts';
import { openOrtEngine } from '../../src/training/engines/ort/ort-engine.ts';
import { LOSSES } from '../../src/training/losses/index.ts';
import { OPTIMIZERS, type OptimizerName } from '../../src/training/optimizers/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';
import { learningRate } from '../../src/training/schedule.ts';

const size = 16;
const network = unet(unetOptions.parse({ width: size, height: size, base: 4, depth: 2 }));
const x = Float32Array.from({ length: 2 * size * size }, (_, i) => ((i * 7919) % 255) / 255);
const mask = Float32Array.from({ length: 2 * size * size }, (_, i) => (i % 5 === 0 ? 1 : 0));
const batch = { x, mask, label: Float32Array.of(1, 1) };

interface Changes {
	readonly clipNorm?: number;
	readonly clipValue?: number;
	readonly name?: OptimizerName;
	readonly optimizer?: object;
	readonly isTrainable?: (name: string) => boolean;
}

async function engineFor(options: Changes) {
	return openOrtEngine({
		network,
		layout: parameterLayout(network, options.isTrainable),
		batch: 2,
		losses: [{ name: 'bce', output: 'mask_logits', weight: 1, build: LOSSES.bce.create({}) }],
		optimizer: OPTIMIZERS[options.name ?? 'adam'].create(options.optimizer ?? {}),
		clipNorm: options.clipNorm ?? 0,
		clipValue: options.clipValue,
		momentum: 0.1,
		threads: 1,
	});
}

t.test('the first step of Adam moves every weight that has a gradient by the learning rate', async (t) => {
	const engine = await engineFor({});
	const before = engine.state().weights;
	await engine.step(batch, 0.01);
	const moves = engine.state().weights.map((w, i) => Math.abs(w - before[i]));
	const moved = moves.filter((move) => move > 1e-6);
	t.ok(moved.length > 500);
	t.ok(
		moved.every((move) => move < 0.0101),
		`largest ${Math.max(...moved)}`,
	);
	t.ok(moved.filter((move) => Math.abs(move - 0.01) < 1e-3).length > moved.length * 0.9);
	await engine.close();
});

t.test('clipping bounds the gradient that the optimizer sees, and reports the norm before', async (t) => {
	const [free, clipped] = [await engineFor({}), await engineFor({ clipNorm: 1e-3 })];
	const { gradientNorm } = await free.step(batch, 0.01);
	t.ok(gradientNorm > 1e-3);
	t.equal((await clipped.step(batch, 0.01)).gradientNorm, gradientNorm);
	const norm = (values: Float32Array) => Math.hypot(...values);
	// Adam's first moment after one step is a tenth of the gradient.
	t.ok(Math.abs(norm(clipped.state().optimizer[0]) * 10 - 1e-3) < 1e-5);
	t.ok(Math.abs(norm(free.state().optimizer[0]) * 10 - gradientNorm) < 1e-3 * gradientNorm);
	await Promise.all([free.close(), clipped.close()]);
});

t.test('clipping by value bounds every element, and the norm limit acts on what is left', async (t) => {
	const plain = { name: 'sgd', optimizer: { momentum: 0 } } as const;
	const moves = async (changes: Changes) => {
		const engine = await engineFor({ ...plain, ...changes });
		const before = engine.state().weights;
		await engine.step(batch, 1);
		const moved = engine.state().weights.map((w, i) => before[i] - w);
		await engine.close();
		return moved;
	};
	const gradient = await moves({});
	const limit = 1e-3;
	const bounded = await moves({ clipValue: limit });
	const expected = gradient.map((value) => Math.min(limit, Math.max(-limit, value)));
	t.ok(gradient.filter((value) => Math.abs(value) > limit).length > 100);
	t.ok(bounded.every((value, i) => Math.abs(value - expected[i]) < 1e-6));
	const both = await moves({ clipValue: limit, clipNorm: limit });
	const scale = limit / Math.hypot(...expected);
	t.ok(scale < 0.5);
	t.ok(both.every((value, i) => Math.abs(value - expected[i] * scale) < 1e-6));
});

t.test('momentum adds up past gradients, and Nesterov looks one of them ahead', async (t) => {
	const trace = async (optimizer: object) => {
		const engine = await engineFor({ name: 'sgd', optimizer });
		const at = engine.state().weights.length - 1;
		const weights = [engine.state().weights[at]];
		const gradients: number[] = [];
		for (let step = 0; step < 3; step++) {
			const before = engine.state();
			// A plain step of the same weights and batch shows the gradient.
			const probe = await engineFor({ name: 'sgd', optimizer: { momentum: 0 } });
			probe.restore({ ...before, optimizer: [] });
			await probe.step(batch, 1);
			gradients.push(before.weights[at] - probe.state().weights[at]);
			await probe.close();
			await engine.step(batch, 0.1);
			weights.push(engine.state().weights[at]);
		}
		await engine.close();
		return { weights, gradients };
	};
	for (const nesterov of [false, true]) {
		const { weights, gradients } = await trace({ momentum: 0.9, nesterov });
		let [velocity, w] = [0, weights[0]];
		for (const [step, gradient] of gradients.entries()) {
			velocity = 0.9 * velocity + gradient;
			w -= 0.1 * (nesterov ? gradient + 0.9 * velocity : velocity);
			t.ok(Math.abs(weights[step + 1] - w) < 1e-5, `step ${step + 1}${nesterov ? ', Nesterov' : ''}`);
			w = weights[step + 1];
		}
	}
});

t.test('the norm of each parameter adds up to the global norm', async (t) => {
	const engine = await engineFor({});
	const { gradientNorms, gradientNorm } = await engine.step(batch, 0.01);
	t.equal(gradientNorms.length, parameterLayout(network).trainable.length);
	t.ok(Math.abs(Math.hypot(...gradientNorms) - gradientNorm) < 1e-4 * gradientNorm);
	await engine.close();
});

t.test('frozen parameters and the statistics of frozen normalisations do not change', async (t) => {
	const isTrainable = (name: string) => name.startsWith('mask/') || name.startsWith('up0/');
	const layout = parameterLayout(network, isTrainable);
	t.ok(layout.trainable.every((slot) => isTrainable(slot.name)));
	t.ok(layout.running.length > 0 && layout.running.every((slot) => slot.name.startsWith('up0/')));
	const engine = await engineFor({ isTrainable });
	await engine.step(batch, 0.01);
	t.equal(engine.state().weights.length, layout.trainableSize);
	await engine.close();
	t.throws(() => parameterLayout(network, () => false), { code: 'GRAPH_INVALID' });
});

for (const name of ['adam', 'sgd'] as const)
	t.test(`weight decay of ${name} shrinks weights but not biases`, async (t) => {
		const [plain, decayed] = [await engineFor({ name }), await engineFor({ name, optimizer: { weightDecay: 0.5 } })];
		const { trainable } = parameterLayout(network);
		const before = plain.state().weights;
		await plain.step(batch, 0.01);
		await decayed.step(batch, 0.01);
		for (const { name, dims, offset, size } of trainable) {
			const difference = decayed.state().weights[offset] - plain.state().weights[offset];
			const expected = dims.length > 1 ? -0.01 * 0.5 * before[offset] : 0;
			t.ok(Math.abs(difference - expected) < 1e-6, `${name} [${size}]`);
		}
		await Promise.all([plain.close(), decayed.close()]);
	});

t.test('one-cycle climbs to the rate and falls to nearly nothing', async (t) => {
	const options = { kind: 'one-cycle', rate: 1e-3, warmUp: 0.15 } as const;
	const rates = Array.from({ length: 100 }, (_, step) => learningRate(options, step, 100));
	t.ok(Math.abs(rates[0] - 1e-3 / 25) < 1e-9);
	t.equal(Math.max(...rates), rates[15]);
	t.ok(rates[99] < 1e-6);
	t.equal(learningRate({ ...options, kind: 'constant' }, 50, 100), 1e-3);
});

t.test('steps in blocks of channels are the same at every run', async (t) => {
	const wide = unet(unetOptions.parse({ width: size, height: size, base: 16, depth: 3 }));
	const weightsAfter = async () => {
		const engine = await openOrtEngine({
			network: wide,
			layout: parameterLayout(wide),
			batch: 2,
			losses: [{ name: 'bce', output: 'mask_logits', weight: 1, build: LOSSES.bce.create({}) }],
			optimizer: OPTIMIZERS.adam.create({}),
			clipNorm: 0,
			momentum: 0.1,
			threads: 2,
		});
		for (let i = 0; i < 3; i++) await engine.step(batch, 0.01);
		const { weights } = engine.state();
		await engine.close();
		return weights;
	};
	t.same(await weightsAfter(), await weightsAfter());
});
