import t from 'tap';
import { unet, unetOptions } from '../../src/networks/unet.ts';
import type { StepResult } from '../../src/training/engines/engine.ts';
import { demonstrate } from '../../src/training/gradient-health/demonstrate.ts';
import { DEMONSTRATIONS, demonstrationCase } from '../../src/training/gradient-health/demonstration-cases.ts';
import { GradientWatch } from '../../src/training/gradient-health.ts';
import { gather, parameterLayout } from '../../src/training/parameters.ts';

for (const sketch of DEMONSTRATIONS.cures)
	t.test(`30 layers, ${sketch.name}: the watch says what is true`, async (t) => {
		const { warnings, norms, loss } = await demonstrate(demonstrationCase(sketch), { steps: 60, seed: 0, threads: 1 });
		t.equal(norms.length, 31);
		const kinds = warnings.map(({ kind }) => kind);
		if (sketch.name === 'sigmoid') {
			t.same(kinds, ['vanishing']);
			t.match(warnings[0], { layer: 'layer1/conv', message: /of 31 layers \(layer1\/conv … .*ReLU with He/ });
			t.ok(norms[0] < 1e-12 * norms[30]);
		} else if (sketch.name === 'large weights' || sketch.name === 'high rate') {
			t.same(kinds, ['exploding']);
			t.match(warnings[0].message, /lower learning rate, clipping/);
			t.equal(loss.last, null);
		} else t.same(warnings, []);
	});

const network = unet(unetOptions.parse({ width: 16, height: 16, base: 4, depth: 2 }));
const layout = parameterLayout(network);
const weights = gather(network, layout.trainable);

/** Feeds steps whose gradient is the same in every parameter but where `norms` says otherwise. */
function follow(
	steps: number,
	at: (step: number) => { norm?: number; loss?: number; norms?: (name: string) => number | undefined },
	watch = new GradientWatch(network, 400),
	from = 1,
) {
	for (let step = from; step < from + steps; step++) {
		const { norm = 1, loss = 1 / step, norms } = at(step);
		const each = layout.trainable.map(
			({ name, size }) => norms?.(name) ?? norm * Math.sqrt(size / layout.trainableSize),
		);
		watch.observe(step, layout, result(loss, each), () => weights);
	}
	return watch;
}

function result(loss: number, each: readonly number[]): StepResult {
	return { loss, terms: {}, gradientNorm: Math.hypot(...each), gradientNorms: Float32Array.from(each) };
}

t.test('hard batches, a gradient that shrinks with the loss and one that wanders alarm nobody', async (t) => {
	t.same(follow(400, (step) => ({ norm: step % 15 === 0 ? 1000 : 1 })).warnings, []);
	t.same(follow(400, (step) => ({ norm: 10 ** (-step / 100) })).warnings, []);
	t.same(follow(400, (step) => ({ norm: 10 ** Math.sin(step / 30) })).warnings, []);
});

t.test('a norm that grows without end is told once, with how far it has grown', async (t) => {
	const { warnings } = follow(400, (step) => ({ norm: 10 ** (step / 50) }));
	t.equal(warnings.length, 1);
	t.match(warnings[0], { kind: 'exploding', message: /grown \d+ times/ });
	t.ok(warnings[0].step > 150 && warnings[0].step < 260, `step ${warnings[0].step}`);
});

t.test('first layers that fade during the run are named, and later success takes nothing back', async (t) => {
	const fading = (name: string, step: number) => (name.startsWith('down0/') ? 10 ** (-step / 20) : undefined);
	const { warnings } = follow(300, (step) => ({ loss: 1, norms: (name) => fading(name, step) }));
	t.match(warnings[0], { kind: 'vanishing', layer: 'down0/a/conv', message: /down0\/b\/conv/ });
	t.same(
		warnings.map(({ kind }) => kind),
		['vanishing', 'stalled'],
	);
});

t.test('a layer that gets no gradient at all is named', async (t) => {
	const { warnings } = follow(100, () => ({ norms: (name) => (name.startsWith('down1/b/') ? 0 : undefined) }));
	t.match(warnings, [{ kind: 'dead', layer: 'down1/b/conv', message: /exactly 0 for 20 steps/ }]);
	t.same(follow(100, () => ({ loss: 0, norm: 0 })).warnings, [], 'a perfect network has nothing to learn');
});

t.test('a loss that is where it was is told after a fifth of the run', async (t) => {
	const { warnings } = follow(400, (step) => ({ loss: Math.LN2 + 0.01 * Math.sin(step) }));
	t.match(warnings, [{ kind: 'stalled', layer: '', message: /stalls/ }]);
	t.ok(warnings[0].step >= 200 && warnings[0].step <= 240);
});

t.test('what is no number is told at once, with the layer where it began', async (t) => {
	const watch = follow(7, (step) => ({ norm: 10 ** step }));
	const each = layout.trainable.map(({ name }) => (name === 'up0/a/conv/weight' ? Number.NaN : 1));
	const [warning] = watch.observe(8, layout, result(Number.NaN, each), () => weights);
	t.match(warning, { step: 8, kind: 'exploding', layer: 'up0/a/conv', message: /growing from 10 to 1\.0e\+7/ });
});

t.test('a watch that is restored goes on as if it had never stopped', async (t) => {
	const course = (step: number) => ({ norm: 10 ** (step / 50) });
	const whole = follow(300, course);
	const half = follow(137, course);
	const resumed = new GradientWatch(network, 400);
	resumed.restore(structuredClone(half.save()));
	t.same(follow(163, course, resumed, 138).warnings, whole.warnings);
});

t.test('when other layers join, what was normal before says nothing about them', async (t) => {
	const head = parameterLayout(network, (name) => name.startsWith('mask/'));
	const watch = new GradientWatch(network, 400);
	const some = () => gather(network, head.trainable);
	for (let step = 1; step <= 100; step++)
		watch.observe(
			step,
			head,
			result(
				1 / step,
				head.trainable.map(() => 1e-4),
			),
			some,
		);
	follow(100, () => ({ norm: 5 }), watch, 101);
	t.same(watch.warnings, []);
});
