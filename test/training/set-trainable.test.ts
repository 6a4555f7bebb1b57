import t from 'tap';
import { unet, unetOptions } from '../../src/networks/unet.ts';
import type { EngineState } from '../../src/training/engines/engine.ts';
import { openOrtEngine } from '../../src/training/engines/ort/ort-engine.ts';
import { LOSSES } from '../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../src/training/optimizers/index.ts';
import { gather, type ParameterLayout, parameterLayout, type Slot } from '../../src/training/parameters.ts';

const size = 16;
const network = unet(unetOptions.parse({ width: size, height: size, base: 4, depth: 2 }));
const x = Float32Array.from({ length: 2 * size * size }, (_, i) => ((i * 7919) % 255) / 255);
const mask = Float32Array.from({ length: 2 * size * size }, (_, i) => (i % 5 === 0 ? 1 : 0));
const batch = { x, mask, label: Float32Array.of(1, 1) };
const every = parameterLayout(network).trainable.map((slot) => slot.name);
const head = every.filter((name) => name.startsWith('mask/') || name.startsWith('up0/'));
const encoder = every.filter((name) => name.startsWith('down'));

function open(names: readonly string[]) {
	return openOrtEngine({
		network,
		layout: layoutFor(names),
		batch: 2,
		losses: [{ name: 'bce', output: 'mask_logits', weight: 1, build: LOSSES.bce.create({}) }],
		optimizer: OPTIMIZERS.adam.create({}),
		clipNorm: 0,
		momentum: 0.1,
		threads: 1,
	});
}

function layoutFor(names: readonly string[]): ParameterLayout {
	return parameterLayout(network, (name) => names.includes(name));
}

/** The values of each slot by name. */
function byName(slots: readonly Slot[], flat: Float32Array): Record<string, Float32Array> {
	return Object.fromEntries(slots.map(({ name, offset, size }) => [name, flat.slice(offset, offset + size)]));
}

function distance(a: Float32Array, b: Float32Array): number {
	return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

t.test('unfreezing keeps weights, statistics and moments of what was trained, and starts the rest anew', async (t) => {
	const engine = await open(head);
	for (let i = 0; i < 5; i++) await engine.step(batch, 0.01);
	const before = engine.state();
	const layout = await engine.setTrainable(every);
	const after = engine.state();
	t.equal(after.step, 5);
	const old = layoutFor(head);
	t.same(
		layout.trainable.slice(0, head.length).map((slot) => slot.name),
		head,
		'what was trained stands in front',
	);
	t.same(after.weights.slice(0, old.trainableSize), before.weights);
	for (const i of [0, 1]) {
		t.same(after.optimizer[i].slice(0, old.trainableSize), before.optimizer[i], `moment ${i} is carried`);
		t.ok(after.optimizer[i].slice(old.trainableSize).every((value) => value === 0));
	}
	const statistics = byName(layout.running, after.running);
	for (const [name, values] of Object.entries(byName(old.running, before.running))) t.same(statistics[name], values);
	const joined = layout.trainable.slice(head.length);
	t.same(
		after.weights.slice(old.trainableSize),
		gather(
			network,
			joined.map((slot) => ({ ...slot, offset: slot.offset - old.trainableSize })),
		),
		'what joins has the weights of the network',
	);
	await engine.close();
});

t.test('the first step after joining moves new parameters by the rate, however late it comes', async (t) => {
	const engine = await open(head);
	for (let i = 0; i < 30; i++) await engine.step(batch, 0.01);
	const layout = await engine.setTrainable(every);
	const before = engine.state().weights;
	await engine.step(batch, 0.001);
	const after = engine.state().weights;
	for (const { name, offset, size } of layout.trainable.slice(head.length)) {
		const moves = after.slice(offset, offset + size).map((value, i) => Math.abs(value - before[offset + i]));
		// Adam's first corrected step is the rate in every direction; without its own count of steps it would be 2.9 times that.
		t.ok(Math.max(...moves) < 1.05e-3, `${name}: ${Math.max(...moves)}`);
	}
	await engine.close();
});

t.test('a step after unfreezing moves what was trained exactly as if nothing had been rebuilt', async (t) => {
	const [whole, rebuilt] = [await open(head), await open(head)];
	for (const engine of [whole, rebuilt]) for (let i = 0; i < 4; i++) await engine.step(batch, 0.01);
	await rebuilt.setTrainable(head);
	for (const engine of [whole, rebuilt]) await engine.step(batch, 0.01);
	t.same(rebuilt.state(), whole.state());
	await Promise.all([whole.close(), rebuilt.close()]);
});

t.test(
	'what is frozen in the middle of a run keeps its trained value bit for bit, and the rest moves on',
	async (t) => {
		const engine = await open(every);
		for (let i = 0; i < 3; i++) await engine.step(batch, 0.01);
		const all = layoutFor(every);
		const trained = byName(all.trainable, engine.state().weights);
		const layout = await engine.setTrainable(head);
		t.ok(
			layout.running.every((slot) => slot.name.startsWith('up0/')),
			'statistics freeze with their normalisation',
		);
		for (let i = 0; i < 3; i++) await engine.step(batch, 0.01);
		const moved = byName(layout.trainable, engine.state().weights);
		for (const name of head) t.ok(distance(moved[name], trained[name]) > 1e-4, `${name} moves`);
		const thawed = await engine.setTrainable(every);
		const back = byName(thawed.trainable, engine.state().weights);
		for (const name of encoder) t.same(back[name], trained[name], `${name} waits`);
		await engine.close();
	},
);

t.test('a state taken after unfreezing goes on in another engine that was set alike', async (t) => {
	const [first, second] = [await open(head), await open(head)];
	for (let i = 0; i < 3; i++) await first.step(batch, 0.01);
	await first.setTrainable(every);
	await first.step(batch, 0.01);
	second.restore({ ...second.state(), step: 3 });
	await second.setTrainable(every);
	second.restore(first.state());
	const states: EngineState[] = [];
	for (const engine of [first, second]) {
		await engine.step(batch, 0.01);
		states.push(engine.state());
	}
	t.same(states[0], states[1]);
	await Promise.all([first.close(), second.close()]);
});
