import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { differentiate } from '../../../src/graph/differentiate.ts';
import { lower } from '../../../src/graph/passes/lower.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { LOSSES, type LossName } from '../../../src/training/losses/index.ts';
import { type Judged, REFERENCES } from '../../support/reference-losses.ts';

type Head = 'mask' | 'score';

interface Case {
	readonly loss: LossName;
	readonly options: Record<string, unknown>;
	/** 1 is a sigmoid head. */
	readonly channels: number;
	readonly head: Head;
}

const VARIANTS: readonly [LossName, Record<string, unknown>][] = [
	['bce', {}],
	['bce', { positiveWeight: 5 }],
	['categorical-crossentropy', {}],
	['categorical-crossentropy', { smoothing: 0.1 }],
	['dice', {}],
	['dice', { over: 'batch', epsilon: 0.01 }],
	['focal', {}],
	['focal', { gamma: 0.5 }],
	['iou', {}],
	['iou', { over: 'image' }],
	['tversky', {}],
	['tversky', { alpha: 0.5, beta: 2, over: 'image' }],
];
const DEFINED_FOR: Partial<Record<LossName, readonly number[]>> = { bce: [1], 'categorical-crossentropy': [3] };

const cases: Case[] = VARIANTS.flatMap(([loss, options]) =>
	(DEFINED_FOR[loss] ?? [1, 3]).flatMap((channels) =>
		[undefined, channels === 1 ? [0.5, 8] : [0.4, 3, 9]].flatMap((classWeights) =>
			(['mask', 'score'] as const).map((head) => ({
				loss,
				options: { ...options, ...(classWeights && { classWeights }) },
				channels,
				head,
			})),
		),
	),
);

/** The loss and its gradient as ONNX Runtime computes them. */
async function openLoss({ loss, options, channels, head }: Case) {
	const [images, spatial] = head === 'mask' ? [3, [4, 5]] : [8, []];
	const shape = [images, channels, ...spatial];
	const pixels = spatial.reduce((product, d) => product * d, 1);
	const g = new GraphBuilder('loss');
	const logits = g.input('logits', 'float32', shape);
	const target = g.input('target', 'float32', shape);
	const sigmoid = channels === 1;
	const value = LOSSES[loss].create(options)(g, {
		logits,
		target,
		activation: sigmoid ? 'sigmoid' : 'softmax',
		probabilities: sigmoid ? g.sigmoid(logits) : g.op('Softmax', [logits], { axis: 1 }),
	});
	g.output(differentiate(g, value, [logits]).get(logits)!, 'gradient');
	g.output(value, 'loss');
	const model = await openModel(encodeModel(lower(g.build()).graph), { threads: 1 });
	return {
		images,
		pixels,
		run: async (data: Judged) => {
			const results = await model.run({
				logits: new Tensor('float32', Float32Array.from(data.logits), shape),
				target: new Tensor('float32', oneHot(data), shape),
			});
			return { loss: results.loss.data[0] as number, gradient: results.gradient.data as Float32Array };
		},
		close: () => model.close(),
	};
}

function oneHot({ images, channels, pixels, truth }: Judged): Float32Array {
	return Float32Array.from({ length: images * channels * pixels }, (_, i) => {
		const [image, channel, pixel] = [
			Math.floor(i / (channels * pixels)),
			Math.floor(i / pixels) % channels,
			i % pixels,
		];
		return truth[image * pixels + pixel] === (channels === 1 ? 1 : channel) ? 1 : 0;
	});
}

type Sizes = Pick<Judged, 'images' | 'channels' | 'pixels'>;

function drawn(sizes: Sizes, seed: number, scale = 1.5): Judged {
	const random = new Random(seed);
	const classes = Math.max(2, sizes.channels);
	const truth = Array.from({ length: sizes.images * sizes.pixels }, () => random.integer(classes));
	// One image without any defect.
	truth.fill(0, 0, sizes.pixels);
	const logits = Array.from({ length: truth.length * sizes.channels }, () => random.normal() * scale);
	return { ...sizes, truth, logits };
}

/** Logits that are right by this margin, or wrong by it when it is negative. */
function sure(data: Judged, margin: number): Judged {
	return { ...data, logits: Array.from(oneHot(data), (hit) => (hit - 0.5) * margin) };
}

function uniform(sizes: Sizes, truthEverywhere: number): Judged {
	return { ...drawn(sizes, 4), truth: new Array(sizes.images * sizes.pixels).fill(truthEverywhere) };
}

function close(a: number, b: number, tolerance: number): boolean {
	return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}

/** Central differences of the reference. */
function slopes(reference: (data: Judged) => number, data: Judged): number[] {
	const h = 1e-5;
	return Array.from(data.logits, (_, i) => {
		const moved = (by: number) =>
			reference({ ...data, logits: Array.from(data.logits, (z, j) => (j === i ? z + by : z)) });
		return (moved(h) - moved(-h)) / (2 * h);
	});
}

for (const one of cases) {
	const { loss, options, channels, head } = one;
	const activation = channels === 1 ? 'sigmoid' : 'softmax';
	t.test(`${loss} ${JSON.stringify(options)} on a ${activation} ${head} head`, async (t) => {
		const { images, pixels, run, close: end } = await openLoss(one);
		const sizes = { images, channels, pixels };
		const reference = (data: Judged) => REFERENCES[loss](data, options);
		t.teardown(end);

		await t.test('equals the formula in float64, and so does its gradient', async (t) => {
			const data = drawn(sizes, 1);
			const result = await run(data);
			t.ok(close(result.loss, reference(data), 1e-5), `${result.loss} is ${reference(data)}`);
			const differences = slopes(reference, data).map((slope, i) => Math.abs(slope - result.gradient[i]));
			t.ok(Math.max(...differences) < 1e-5, `gradients differ by ${Math.max(...differences)}`);
		});

		await t.test('is near 0 for a perfect prediction and grows with every step away from it', async (t) => {
			const data = drawn(sizes, 2);
			const margins = [40, 4, 1, -1, -4, -40];
			const losses: number[] = [];
			for (const margin of margins) losses.push((await run(sure(data, margin))).loss);
			if (!options.smoothing) t.ok(losses[0] >= -1e-6 && losses[0] < 1e-3, `${losses[0]}`);
			else losses.shift();
			t.ok(
				losses.every((value, i) => i === 0 || value > losses[i - 1]),
				losses.join(' < '),
			);
		});

		await t.test('is finite and right for empty and for full truth', async (t) => {
			for (const truth of [0, 1]) {
				const data = uniform(sizes, truth);
				const result = await run(data);
				t.ok(close(result.loss, reference(data), 1e-5), `class ${truth} everywhere: ${result.loss}`);
				t.ok(result.gradient.every(Number.isFinite));
			}
		});

		await t.test('is finite for logits of any size', async (t) => {
			for (const margin of [300, -300, 2e4, -2e4]) {
				const { loss: value, gradient } = await run(sure(drawn(sizes, 3), margin));
				t.ok(Number.isFinite(value), `${value} at ${margin}`);
				t.ok(gradient.every(Number.isFinite), `gradient at ${margin}`);
			}
			const wrong = sure(drawn(sizes, 3), -300);
			if (loss === 'bce') t.ok(close((await run(wrong)).loss, reference(wrong), 1e-5));
		});
	});
}

t.test('a class without a weight does not count, and no weight at all is an error', async (t) => {
	const one = { loss: 'focal', options: { classWeights: [0, 1] }, channels: 1, head: 'mask' } as const;
	const { images, pixels, run, close: end } = await openLoss(one);
	t.teardown(end);
	const { loss, gradient } = await run(uniform({ images, pixels, channels: 1 }, 0));
	t.equal(loss, 0);
	t.ok(gradient.every((value) => value === 0));
	t.throws(() => LOSSES.focal.create({ classWeights: [0, 0] }), { code: 'CONFIG_INVALID' });
});

t.test('balanced weights make every class count the same, whatever its share', async (t) => {
	const shares = [0.9, 0.1];
	for (const loss of ['bce', 'focal', 'dice'] as const) {
		const build = (classWeights: unknown) => {
			const g = new GraphBuilder('balanced');
			const inputs = { logits: g.input('z', 'float32', [4, 1]), target: g.input('t', 'float32', [4, 1]) };
			const probabilities = g.sigmoid('z');
			LOSSES[loss].create({ classWeights }, () => shares)(g, { ...inputs, probabilities, activation: 'sigmoid' });
			return [...g.initializers.values()].map(({ data }) => [...data]);
		};
		t.same(build('balanced'), build([1 / (2 * 0.9), 1 / (2 * 0.1)]), loss);
	}
	t.throws(() => LOSSES.bce.create({ classWeights: 'balanced' }), TypeError);
});

t.test('one weight for what is sound and one for every kind of defect fits any number of kinds', async (t) => {
	for (const channels of [1, 2, 5]) {
		const build = (classWeights: unknown) => {
			const g = new GraphBuilder('kinds');
			const inputs = { logits: g.input('z', 'float32', [4, channels]), target: g.input('t', 'float32', [4, channels]) };
			const activation = channels === 1 ? ('sigmoid' as const) : ('softmax' as const);
			LOSSES.focal.create({ classWeights })(g, { ...inputs, probabilities: g.sigmoid('z'), activation });
			return [...g.initializers.values()].map(({ data }) => [...data]);
		};
		const listed = Array.from({ length: Math.max(2, channels) }, (_, i) => (i === 0 ? 1 : 3));
		t.same(build({ sound: 1, defect: 3 }), build(listed));
	}
});

t.test('the wrong head, the wrong number of weights and unknown options are refused with what to do', async (t) => {
	const build = (loss: LossName, options: object, channels: number) => {
		const g = new GraphBuilder('refused');
		const logits = g.input('z', 'float32', [4, channels]);
		const target = g.input('t', 'float32', [4, channels]);
		const activation = channels === 1 ? 'sigmoid' : 'softmax';
		return LOSSES[loss].create(options)(g, { logits, target, probabilities: g.sigmoid(logits), activation });
	};
	t.throws(() => build('bce', {}, 3), { code: 'CONFIG_INVALID', message: /Use categorical-crossentropy/ });
	t.throws(() => build('categorical-crossentropy', {}, 1), { code: 'CONFIG_INVALID', message: /Use bce/ });
	t.throws(() => build('focal', { classWeights: [1, 2] }, 3), { code: 'CONFIG_INVALID', message: /3 class weights/ });
	t.throws(() => build('iou', { classWeights: [1, 2, 3] }, 1), { code: 'CONFIG_INVALID', message: /sound, defect/ });
	t.throws(() => build('dice', { smooth: 1 }, 1), { code: 'CONFIG_INVALID', message: /smooth/ });
});

t.test('focal without fading is cross-entropy, Tversky is IoU and Dice at its corners', async (t) => {
	const value = async (loss: LossName, options: object) => {
		const opened = await openLoss({ loss, options: { ...options }, channels: 1, head: 'mask' });
		const { loss: result } = await opened.run(drawn({ images: opened.images, pixels: opened.pixels, channels: 1 }, 6));
		await opened.close();
		return result;
	};
	const same = async (a: readonly [LossName, object], b: readonly [LossName, object]) =>
		t.ok(close(await value(...a), await value(...b), 1e-6), `${a[0]} and ${b[0]}`);
	await same(['focal', { gamma: 0 }], ['bce', {}]);
	await same(['tversky', { alpha: 1, beta: 1 }], ['iou', {}]);
	await same(['tversky', { alpha: 0.5, beta: 0.5, epsilon: 0.5 }], ['dice', { over: 'batch', epsilon: 1 }]);
});
