import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { openModel, Tensor } from '../../src/inference/model.ts';
import { deploy } from '../../src/networks/deploy.ts';
import { simpleCnn, simpleCnnOptions } from '../../src/networks/simple-cnn.ts';
import { dropoutMasks } from '../../src/training/dropout.ts';
import { openOrtEngine } from '../../src/training/engines/ort/ort-engine.ts';
import { LOSSES } from '../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../src/training/optimizers/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';

const size = 16;
const networkWith = (options: object) =>
	simpleCnn(simpleCnnOptions.parse({ width: size, height: size, base: 4, depth: 2, hidden: 16, seed: 3, ...options }));
const network = networkWith({ dropout: 0.5, stageDropout: 0.25 });
const x = Float32Array.from({ length: 4 * size * size }, (_, i) => ((i * 7919) % 255) / 255);
const batch = { x, mask: undefined, label: Float32Array.of(0, 1, 0, 1) };

function engineFor(graph: typeof network) {
	return openOrtEngine({
		network: graph,
		layout: parameterLayout(graph),
		batch: 4,
		losses: [{ name: 'bce', output: 'score_logits', weight: 1, build: LOSSES.bce.create({}) }],
		optimizer: OPTIMIZERS.adam.create({}),
		clipNorm: 0,
		momentum: 0.1,
		threads: 1,
	});
}

t.test('masks drop the asked share, keep the mean, and differ by step, layer and seed', async (t) => {
	const masks = dropoutMasks(network, 400, 1);
	t.equal(masks.size, 4);
	const rates = [0.25, 0.25, 0.5, 0.5];
	for (const [i, { data }] of [...masks.values()].entries()) {
		const values = [...(data as Float32Array)];
		const kept = 1 / (1 - rates[i]);
		t.ok(values.every((v) => v === 0 || v === Math.fround(kept)));
		t.ok(Math.abs(values.filter((v) => v === 0).length / values.length - rates[i]) < 0.02);
		t.ok(Math.abs(values.reduce((a, b) => a + b) / values.length - 1) < 0.05);
	}
	const bits = (of: typeof masks) => [...of.values()].map(({ data }) => data.join());
	t.same(bits(dropoutMasks(network, 400, 1)), bits(masks));
	t.equal(new Set([...bits(masks), ...bits(dropoutMasks(network, 400, 2))]).size, 8);
	t.notSame(bits(dropoutMasks(networkWith({ dropout: 0.5, stageDropout: 0.25, seed: 4 }), 400, 1)), bits(masks));
});

t.test('a resumed engine drops the same values as one that went on', async (t) => {
	const whole = await engineFor(network);
	for (let step = 0; step < 2; step++) await whole.step(batch, 0.01);
	const saved = structuredClone(whole.state());
	await whole.step(batch, 0.01);
	const resumed = await engineFor(network);
	resumed.restore(saved);
	await resumed.step(batch, 0.01);
	t.same(resumed.state().weights, whole.state().weights);
	const undropped = await engineFor(networkWith({}));
	undropped.restore(saved);
	await undropped.step(batch, 0.01);
	t.notSame(undropped.state().weights, whole.state().weights);
	await Promise.all([whole.close(), resumed.close(), undropped.close()]);
});

t.test('what is dropped has no gradient', async (t) => {
	const engine = await engineFor(networkWith({ dropout: 0.999, headPooling: 'flatten', hidden: 1 }));
	const { gradientNorms } = await engine.step({ ...batch, label: new Float32Array(4).fill(1) }, 0.01);
	const { trainable } = parameterLayout(networkWith({ headPooling: 'flatten', hidden: 1 }));
	t.equal(gradientNorms[trainable.findIndex(({ name }) => name === 'stage0/a/conv/weight')], 0);
	t.ok(gradientNorms[trainable.findIndex(({ name }) => name === 'score/logit/bias')] > 0);
	await engine.close();
});

t.test('a deployed network has no dropout and gives what the one without it gives', async (t) => {
	const deployed = deploy(network);
	t.notOk(deployed.nodes.some((node) => node.op === 'Dropout'));
	const image = new Tensor(
		'uint8',
		Uint8Array.from({ length: size * size }, (_, i) => (i * 37) % 256),
		[1, size, size, 1],
	);
	const scores: unknown[] = [];
	for (const graph of [deployed, deploy(networkWith({}))]) {
		const model = await openModel(encodeModel(graph), { threads: 1 });
		scores.push((await model.run({ image })).score.data);
		await model.close();
	}
	t.same(scores[0], scores[1]);
});
