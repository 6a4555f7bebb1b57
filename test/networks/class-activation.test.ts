import t from 'tap';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../src/graph/graph.ts';
import { foldBatchNorm } from '../../src/graph/passes/fold-batch-norm.ts';
import { openModel, Tensor } from '../../src/inference/model.ts';
import { classActivation } from '../../src/networks/class-activation.ts';
import { deploy } from '../../src/networks/deploy.ts';
import { NETWORKS } from '../../src/networks/index.ts';

const SIZE = 16;

/** Two channels, bright and dark, each halved; class 0 is decided by what is bright, class 1 by what is dark. */
function brightAndDark(pool: 'GlobalAveragePool' | 'GlobalMaxPool'): Graph {
	const g = new GraphBuilder('bright-and-dark');
	const x = g.input('x', 'float32', ['N', 1, SIZE, SIZE]);
	const weight = g.constant(float32([2, 1, 1, 1], [1, -1]), 'weight');
	const bias = g.constant(float32([2], [-0.6, 0.4]), 'bias');
	const features = g.relu(g.op('Conv', [x, weight, bias], { kernel_shape: [1, 1] }));
	const smaller = g.op('MaxPool', [features], { kernel_shape: [2, 2], strides: [2, 2] });
	const pooled = g.op('Flatten', [g.op(pool, [smaller])], { axis: 1 });
	const dense = g.constant(float32([2, 2], [1, 0, 0, 1]), 'dense');
	g.output(g.op('Gemm', [pooled, dense], { transB: 1 }), 'score_logits');
	return g.build();
}

/** Grey, with a bright blob at (2…5, 2…5) and a dark one at (10…13, 8…11), given as (column, row). */
function picture(): Float32Array {
	return Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
		const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
		if (x >= 2 && x < 6 && y >= 2 && y < 6) return 1;
		return x >= 10 && x < 14 && y >= 8 && y < 12 ? 0 : 0.5;
	});
}

async function heatOf(graph: Graph, feeds: Record<string, Tensor>) {
	const model = await openModel(encodeModel(graph), { threads: 1 });
	const { heat } = await model.run(feeds);
	await model.close();
	return heat;
}

for (const pool of ['GlobalAveragePool', 'GlobalMaxPool'] as const)
	t.test(`the blob that decides a class lights up, and no other (${pool})`, async (t) => {
		const graph = classActivation(brightAndDark(pool));
		for (const [label, left, top] of [
			[0, 1, 1],
			[1, 5, 4],
		]) {
			const explained = new Tensor('float32', Float32Array.of(1 - label, label), [1, 2]);
			const heat = await heatOf(graph, { x: new Tensor('float32', picture(), [1, 1, SIZE, SIZE]), explained });
			t.same(heat.dims, [1, 8, 8]);
			const lit = [...(heat.data as Float32Array).entries()].filter(([, value]) => value > 0).map(([i]) => i);
			const blob = [0, 1].flatMap((y) => [0, 1].map((x) => (top + y) * 8 + left + x));
			t.same(lit, blob, `class ${label}`);
		}
	});

t.test('every classifier can be explained, trained or deployed, with the same result', async (t) => {
	const network = NETWORKS['simple-cnn'].create({ width: SIZE, height: SIZE, depth: 2, base: 4 });
	const deployed = foldBatchNorm(deploy(network)).graph;
	const bytes = Uint8Array.from(picture(), (value) => Math.round(value * 255));
	const explained = new Tensor('float32', Float32Array.of(1), [1, 1]);
	const a = await heatOf(classActivation(network), {
		x: new Tensor(
			'float32',
			Float32Array.from(bytes, (value) => value / 255),
			[1, 1, SIZE, SIZE],
		),
		explained,
	});
	const b = await heatOf(classActivation(deployed), {
		image: new Tensor('uint8', bytes, [1, SIZE, SIZE, 1]),
		explained,
	});
	t.same(a.dims, b.dims);
	const [left, right] = [a.data as Float32Array, b.data as Float32Array];
	t.ok(Math.max(...left) > 0);
	t.ok(left.every((value, i) => Math.abs(value - right[i]) < 1e-4 * Math.max(...left)));
});

t.test('a model without a score from features is refused in words', async (t) => {
	const network = NETWORKS.unet.create({ width: SIZE, height: SIZE, depth: 2, base: 4, score: 'none' });
	t.throws(() => classActivation(network), { code: 'MODEL_UNSUPPORTED', message: /the mask itself is the heat map/ });
});
