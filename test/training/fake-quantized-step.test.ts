import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { insertFakeQuantization } from '../../src/quantization/fake-quantization/insert-fake-quantization.ts';
import { logitsNetwork } from '../../src/quantization/fake-quantization/logits-network.ts';
import { observeValues } from '../../src/quantization/observe-values.ts';
import { planQuantization } from '../../src/quantization/plan.ts';
import { prepareForQuantization } from '../../src/quantization/quantize-model.ts';
import { rangesOf } from '../../src/quantization/ranges/index.ts';
import { shareParameters } from '../../src/quantization/share-parameters.ts';
import { ENGINES, type EngineName } from '../../src/training/engines/index.ts';
import { openOrtEngine } from '../../src/training/engines/ort/ort-engine.ts';
import { LOSSES } from '../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../src/training/optimizers/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';
import { smallImages, smallInspector } from '../support/small-inspector.ts';

const count = 2;
const area = 32 * 32;
const random = new Random(6);
const batch = {
	x: Float32Array.from({ length: count * area }, () => random.integer(256) / 255),
	mask: Float32Array.from({ length: count * area }, () => random.integer(2)),
	label: Float32Array.of(0, 1),
};

/** A step on a U-Net whose values round as they will on a station. @param base channels of the first level */
async function stepOptions(base: number) {
	// Without the score head: its global maximum is often that of several equal codes, whose gradient TF.js does not share.
	const float = prepareForQuantization(smallInspector({ base, score: 'none' }));
	const plan = planQuantization(float);
	const observed = await observeValues(float, smallImages(4), [...plan.integers]);
	const ranges = rangesOf(observed, { method: 'percentile', percentile: 98 });
	const network = insertFakeQuantization(logitsNetwork(float), shareParameters(float, plan, ranges));
	return {
		network,
		layout: parameterLayout(network),
		batch: count,
		losses: [{ name: 'mask', output: 'mask_logits', weight: 1, build: LOSSES.bce.create({}) }] as const,
		optimizer: OPTIMIZERS.adam.create({}),
		clipNorm: 0,
		momentum: 0,
	};
}

/** |a − b| / |a| */
function difference(a: Float32Array, b: Float32Array): number {
	return Math.hypot(...a.map((v, i) => v - b[i])) / Math.hypot(...a);
}

t.test('every convolution’s weight and bias trains through its rounding', async (t) => {
	const { network, layout } = await stepOptions(8);
	const convolutions = network.nodes.filter(({ op }) => op === 'Conv').length;
	const rounded = network.nodes.filter(({ op }) => op === 'FakeQuantizeWeights');
	t.equal(rounded.length, convolutions);
	const learnt = new Set(layout.trainable.map((slot) => slot.name));
	for (const { inputs } of rounded) for (const name of inputs) t.ok(learnt.has(name), name);
});

t.test('both engines take the same step on a network that rounds', async (t) => {
	const options = await stepOptions(8);
	const results = [];
	for (const name of Object.keys(ENGINES) as EngineName[]) {
		const engine = await ENGINES[name]({ ...options, threads: 1 });
		results.push({ ...(await engine.step(batch, 1e-3)), weights: engine.state().weights });
		await engine.close();
	}
	const [ort, tfjs] = results;
	t.ok(Math.abs(ort.loss - tfjs.loss) < 1e-4 * ort.loss, `losses ${ort.loss} and ${tfjs.loss}`);
	// A value right between two codes may fall to either side; everything else is the same.
	t.ok(
		difference(ort.gradientNorms, tfjs.gradientNorms) < 5e-3,
		`${difference(ort.gradientNorms, tfjs.gradientNorms)}`,
	);
});

t.test('a step that rounds is the same at every run, and in blocks of channels as without', async (t) => {
	const options = await stepOptions(16);
	const stepWith = async (block?: number) => {
		const engine = await openOrtEngine({ ...options, threads: 2, ...(block && { block }) });
		const first = await engine.step(batch, 1e-3);
		await engine.step(batch, 1e-3);
		const { weights } = engine.state();
		await engine.close();
		return { first, weights };
	};
	const [one, again, plain] = [await stepWith(), await stepWith(), await stepWith(1)];
	t.strictSame(one.weights, again.weights);
	t.ok(Math.abs(one.first.loss - plain.first.loss) < 1e-4 * plain.first.loss);
	const apart = difference(plain.first.gradientNorms, one.first.gradientNorms);
	t.ok(apart < 1e-3, `gradients differ by ${apart}`);
});
