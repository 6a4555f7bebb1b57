import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { NETWORKS, type NetworkName } from '../../../src/networks/index.ts';
import { dropoutMasks } from '../../../src/training/dropout.ts';
import type { Batch } from '../../../src/training/engines/engine.ts';
import { ENGINES, type EngineName } from '../../../src/training/engines/index.ts';
import { interpret } from '../../../src/training/engines/tfjs/interpret.ts';
import { loadTfjs } from '../../../src/training/engines/tfjs/load-tfjs.ts';
import { constantOf } from '../../../src/training/engines/tfjs/vectors.ts';
import type { LossTerm } from '../../../src/training/loss-graph.ts';
import { LOSSES, type LossName } from '../../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../../src/training/optimizers/index.ts';
import { gather, parameterLayout } from '../../../src/training/parameters.ts';
import { type StepOptions, stepGraph } from '../../../src/training/step-graph.ts';
import { BACKWARD_KERNELS } from '../../support/backward-kernels.ts';
import { inDouble } from '../../support/in-double.ts';

interface Setting {
	readonly name: NetworkName;
	readonly options: Readonly<Record<string, unknown>>;
	readonly size?: number;
	readonly batch?: number;
	/** Dozens of normalisations of a few values each: in float32 rounding alone moves gradients by more than 1e-4. */
	readonly isDeep?: boolean;
}

const SETTINGS: readonly Setting[] = [
	{ name: 'unet', options: { base: 4, depth: 3 } },
	{ name: 'unet', options: { base: 4, depth: 3, up: 'transposed', down: 'max-pool', mask: 'softmax', classes: 3 } },
	{ name: 'unet', options: { base: 4, depth: 3, stem: 'half' } },
	{ name: 'simple-cnn', options: { base: 4, depth: 3, dropout: 0.25, stageDropout: 0.1 } },
	{ name: 'simple-cnn', options: { base: 4, depth: 2, pooling: 'average', score: 'softmax', classes: 3 } },
	{ name: 'simple-cnn', options: { base: 4, depth: 2, pooling: 'stride' } },
	{ name: 'resnet50', options: { alpha: 0.0625, blocks: [1, 2, 1, 1] }, isDeep: true },
	{ name: 'mobilenet-v2', options: { alpha: 0.1, stem: 'small' }, isDeep: true },
	{ name: 'mobilenet-v2-unet', options: { alpha: 0.1, decoder: [16, 8, 8, 8] }, isDeep: true },
	{ name: 'inception-resnet-a', options: { score: 'softmax', mask: 'sigmoid', classes: 3 }, size: 8, batch: 1 },
	{ name: 'two-conv', options: { filters: [4, 6], score: 'sigmoid', mask: 'softmax', classes: 3 } },
	{ name: 'two-locally-connected', options: { filters: [2, 3], score: 'sigmoid' } },
	{ name: 'plain-deep', options: { layers: 5, filters: 6, residual: true } },
	{ name: 'plain-deep', options: { layers: 12, filters: 6, batchNorm: true, activation: 'tanh' } },
	{ name: 'onnx', options: { file: modelFile(), score: 'softmax', mask: 'sigmoid', classes: 3 } },
];

/** Somebody's model: a small classifier in a file, whose head is cut off. */
function modelFile(): string {
	const size = { width: 16, height: 16, channels: 3 };
	const model = NETWORKS['simple-cnn'].create({ base: 4, depth: 2, score: 'softmax', classes: 5, seed: 2, ...size });
	const path = join(t.testdir(), 'classifier.onnx');
	writeFileSync(path, encodeModel(model));
	return path;
}

const { tf } = await loadTfjs();

/** A step on a network, with losses that fit its heads. */
function stepOf({ name, options, size = 16, batch = 4 }: Setting, losses?: readonly LossTerm[]): StepOptions {
	const network = NETWORKS[name].create({ ...options, width: size, height: size, channels: 3, seed: 1 });
	return {
		network,
		layout: parameterLayout(network),
		batch,
		losses: losses ?? network.outputs.flatMap((output) => lossesOn(output.name, output.shape![1] as number)),
		optimizer: OPTIMIZERS.adam.create({}),
		clipNorm: 0,
		momentum: 0.1,
	};
}

function lossesOn(output: string, channels: number): LossTerm[] {
	const names: LossName[] = [channels === 1 ? 'bce' : 'categorical-crossentropy'];
	if (output === 'mask_logits') names.push('dice');
	return names.map((name) => term(name, output as LossTerm['output']));
}

function term(name: LossName, output: LossTerm['output']): LossTerm {
	return { name: `${output}.${name}`, output, weight: 1, build: LOSSES[name].create({}) };
}

function batchOf({ network, batch }: StepOptions): Batch {
	const [, channels, height, width] = network.inputs[0].shape as readonly number[];
	const random = new Random(1);
	const classes = Math.max(2, ...network.outputs.map((output) => output.shape![1] as number));
	return {
		x: Float32Array.from({ length: batch * channels * height * width }, () => random.uniform()),
		mask: Float32Array.from({ length: batch * height * width }, () =>
			random.chance(0.2) ? random.integer(classes) : 0,
		),
		label: Float32Array.from({ length: batch }, (_, i) => (i + 1) % classes),
	};
}

/** After Adam's first step its first moment is a tenth of the gradient. */
async function gradientBy(name: EngineName, options: StepOptions, batch: Batch): Promise<Float32Array> {
	const engine = await ENGINES[name]({ ...options, threads: 1 });
	await engine.step(batch, 0);
	const gradient = engine.state().optimizer[0].map((moment) => moment * 10);
	await engine.close();
	return gradient;
}

/** The graph that ONNX Runtime runs, run by TF.js: our gradients in whatever precision TF.js has. */
function gradientOfStepGraph(options: StepOptions, batch: Batch): Float32Array {
	const { network, layout, optimizer } = options;
	const graph = stepGraph(options);
	const values = new Map<string, Float32Array>([
		...Object.entries(batch),
		...[...dropoutMasks(network, options.batch, 1)].map(([name, { data }]) => [name, data as Float32Array] as const),
		['weights', gather(network, layout.trainable)],
		['running', gather(network, layout.running)],
		['state0', new Float32Array(layout.trainableSize)],
		['state1', new Float32Array(layout.trainableSize)],
		...optimizer.scalars(1, 0).map((value, i) => [`scalar${i}`, Float32Array.of(value)] as const),
	]);
	return tf.tidy(() => {
		const tensors = new Map<string, Tensor>(
			[...graph.initializers].map(([name, tensor]) => [name, constantOf(tf, tensor)] as const),
		);
		for (const { name, shape } of graph.inputs)
			tensors.set(name, tf.tensor(values.get(name)!, [...(shape as readonly number[])], 'float32'));
		const moment = interpret(tf, graph, tensors, BACKWARD_KERNELS).get('next_state0')!.dataSync() as Float32Array;
		return moment.map((value) => value * 10);
	});
}

/** The same numbers in the arrays of the moment, which `inDouble` makes double. */
function widened(options: StepOptions, batch: Batch): [StepOptions, Batch] {
	const wide = (values: ArrayLike<number>) => new Float32Array(Array.from(values));
	const initializers = new Map(
		[...options.network.initializers].map(([name, tensor]) => [
			name,
			tensor.type === 'float32' ? { ...tensor, data: wide(tensor.data as Float32Array) } : tensor,
		]),
	);
	const network: Graph = { ...options.network, initializers };
	return [
		{ ...options, network },
		{ x: wide(batch.x), mask: batch.mask && wide(batch.mask), label: wide(batch.label) },
	];
}

/** |a − b| / |b| */
function distance(a: Float32Array, b: Float32Array): number {
	return length(a.map((value, i) => value - b[i])) / length(b);
}

function length(values: Float32Array): number {
	return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/**
 * The largest |a − b| / |b| of any parameter. A gradient that is zero but for rounding, such as that of a bias in front of
 * a normalisation, is measured against the whole gradient.
 */
function difference({ layout }: StepOptions, a: Float32Array, b: Float32Array): { relative: number; name: string } {
	const whole = length(b);
	return layout.trainable
		.map(({ name, offset, size }) => {
			const [ours, theirs] = [a.slice(offset, offset + size), b.slice(offset, offset + size)];
			const own = length(theirs);
			const apart = length(ours.map((value, i) => value - theirs[i]));
			return { name, relative: apart / (own < 1e-6 * whole ? whole : own) };
		})
		.reduce((worst, next) => (next.relative > worst.relative ? next : worst));
}

for (const setting of SETTINGS) {
	const title = `${setting.name} ${JSON.stringify(setting.options)}`;
	t.test(`${title}: our gradients are those of TF.js, in double precision`, async (t) => {
		const options = stepOf(setting);
		const batch = batchOf(options);
		const [ours, theirs] = await inDouble(tf, async () => {
			const [wideOptions, wideBatch] = widened(options, batch);
			return [gradientOfStepGraph(wideOptions, wideBatch), await gradientBy('tfjs', wideOptions, wideBatch)];
		});
		t.ok(ours instanceof Float64Array && theirs instanceof Float64Array);
		const { relative, name } = difference(options, ours, theirs);
		t.ok(relative < 1e-9, `${relative.toExponential(1)} at ${name}`);

		const single = await gradientBy('ort', options, batch);
		if (setting.isDeep)
			return t.ok(distance(single, theirs) < 0.05, `float32: ${distance(single, theirs)} of the whole`);
		const rounding = difference(options, single, theirs);
		t.ok(rounding.relative < 1e-4, `float32: ${rounding.relative.toExponential(1)} at ${rounding.name}`);
	});
}

const HEADS = {
	sigmoid: { score: 'sigmoid', mask: 'sigmoid' },
	softmax: { score: 'softmax', mask: 'softmax', classes: 3 },
} as const;

for (const [activation, heads] of Object.entries(HEADS))
	for (const name of Object.keys(LOSSES) as LossName[]) {
		if (name === (activation === 'sigmoid' ? 'categorical-crossentropy' : 'bce')) continue;
		t.test(`${name} on ${activation} heads has the same gradients in both engines`, async (t) => {
			const setting: Setting = { name: 'two-conv', options: { filters: [3, 4], ...heads }, size: 12 };
			const options = stepOf(setting, [term(name, 'mask_logits'), term(name, 'score_logits')]);
			const batch = batchOf(options);
			const [ours, theirs] = [await gradientBy('ort', options, batch), await gradientBy('tfjs', options, batch)];
			const { relative, name: parameter } = difference(options, ours, theirs);
			t.ok(relative < 1e-4, `${relative.toExponential(1)} at ${parameter}`);
		});
	}

t.test('every network is among them', async (t) => {
	t.same(
		Object.keys(NETWORKS).filter((name) => !SETTINGS.some((setting) => setting.name === name)),
		[],
	);
});
