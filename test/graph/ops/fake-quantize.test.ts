import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { float } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { differentiate } from '../../../src/graph/differentiate.ts';
import { float32 } from '../../../src/graph/graph.ts';
import { blockedLayout } from '../../../src/graph/passes/blocked-layout/blocked-layout.ts';
import { lower } from '../../../src/graph/passes/lower.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { INT8, quantize, UINT8 } from '../../../src/quantization/parameters.ts';
import { quantizeWeights } from '../../../src/quantization/quantize-weights.ts';
import { channelBlock } from '../../../src/training/engines/ort/channel-block.ts';
import { largestDifference } from '../../support/compare-graphs.ts';

const andon = { domain: 'andon' };

/** y = FakeQuantize(x) and the gradient of Σy. */
async function run(values: Float32Array, dims: readonly number[], build: (g: GraphBuilder, x: string) => string) {
	const g = new GraphBuilder('case');
	const x = g.input('x', 'float32', dims);
	const y = build(g, x);
	const loss = g.reduceSum(g.reshape(y, [-1]), [0]);
	g.output(y, 'y');
	g.output(differentiate(g, loss, [x]).get(x)!, 'dx');
	const model = await openModel(encodeModel(lower(g.build()).graph), { threads: 1 });
	const results = await model.run({ x: new Tensor('float32', values, dims) });
	await model.close();
	return { y: results.y.data as Float32Array, dx: results.dx.data as Float32Array };
}

function fakeQuantize(g: GraphBuilder, x: string, scales: number[], zeros: number[], attributes = {}) {
	const dims = scales.length === 1 ? [] : [scales.length];
	const inputs = [x, g.constant(float32(dims, scales)), g.constant(float32(dims, zeros))];
	return g.op('FakeQuantize', inputs, attributes, andon);
}

t.test(
	'values become whole multiples of the scale, ties even, and gradients pass where nothing is clipped',
	async (t) => {
		const x = Float32Array.of(-2, -1.1, -0.5, 0.25, 0.75, 0.8, 3, 62, 63.1, 64.5);
		const { y, dx } = await run(x, [10], (g, x) => fakeQuantize(g, x, [0.5], [2], { qmin: 0, qmax: 127 }));
		t.same([...y], [-1, -1, -0.5, 0, 1, 1, 3, 62, 62.5, 62.5]);
		t.same([...dx], [0, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
	},
);

t.test('what stands for a value is what quantization stores, bit for bit', async (t) => {
	const random = new Random(3);
	const x = Float32Array.from({ length: 3000 }, () => random.normal());
	const [scale, zeroPoint] = [Math.fround(0.0173), 97];
	const { y } = await run(x, [3000], (g, x) => fakeQuantize(g, x, [scale], [zeroPoint]));
	const expected = x.map((v) => (quantize(v, { scale, zeroPoint }, UINT8) - zeroPoint) * scale);
	t.same(y, expected);
	const arithmetic = await run(x, [3000], (g, x) => fakeQuantize(g, x, [scale], [0], { qmin: -127, qmax: 127 }));
	t.same(
		arithmetic.y,
		x.map((v) => quantize(v, { scale, zeroPoint: 0 }, INT8) * scale),
	);
});

t.test('scales per channel follow the axis', async (t) => {
	const x = Float32Array.of(0.4, 0.4, 0.6, 0.6, -0.4, -9, 0.6, 9);
	const { y, dx } = await run(x, [2, 2, 2], (g, x) =>
		fakeQuantize(g, x, [0.5, 2], [0, 0], { qmin: -2, qmax: 2, axis: 1 }),
	);
	t.same([...y], [0.5, 0.5, 0, 0, -0.5, -1, 0, 4]);
	t.same([...dx], [1, 1, 1, 1, 1, 0, 1, 0]);
});

t.test('weights have the scales that quantization gives them, a large bias included', async (t) => {
	const random = new Random(5);
	const dims = [4, 3, 3, 3];
	const weight = float32(
		dims,
		Float32Array.from({ length: 108 }, (_, i) => (i < 27 ? 0 : i < 54 ? 1e-9 : 1) * random.normal()),
	);
	const bias = float32([4], [0.1, 0.3, 0, -0.2]);
	const inputScale = Math.fround(0.02);
	const stored = quantizeWeights(weight, bias, inputScale);
	const expected = Float32Array.from(
		stored.weight.data as Int8Array,
		(code, i) => code * Number(stored.weightScales.data[Math.floor(i / 27)]),
	);
	const rounded = (output: number) => (g: GraphBuilder, x: string) => {
		const attributes = { input_scale: float(inputScale) };
		const outputs = g.ops('FakeQuantizeWeights', [x, g.constant(bias)], attributes, { ...andon, outputs: 2 });
		// Adding nothing of the weight keeps the gradient's path open.
		return output === 0 ? outputs[0] : g.add(outputs[1], g.mul(g.reduceSum(x, [0, 1, 2, 3]), g.scalar(0)));
	};
	const { y, dx } = await run(weight.data as Float32Array, dims, rounded(0));
	const shift = await run(weight.data as Float32Array, dims, rounded(1));
	const codes = stored.bias!.data as Int32Array;
	for (const [c, v] of shift.y.entries()) {
		const expected = codes[c] * Number(stored.biasScales.data[c]);
		t.ok(Math.abs(v - expected) <= 1e-6 * Math.abs(expected), `bias ${c}: ${v} as ${expected}`);
	}
	const apart = y.map((v, i) => Math.abs(v - expected[i]));
	t.ok(Math.max(...apart) < 1e-7, `largest difference ${Math.max(...apart)}`);
	t.same(y.subarray(54), expected.subarray(54), 'bit for bit where the bias does not decide');
	t.ok(dx.every((v) => v === 1));
});

t.test('a scale that only running would tell is refused', async (t) => {
	const g = new GraphBuilder('case');
	const [x, scale] = [g.input('x', 'float32', [2]), g.input('scale', 'float32', [])];
	t.throws(() => g.op('FakeQuantize', [x, scale, g.scalar(0)], {}, andon), { code: 'GRAPH_INVALID' });
});

t.test('it stays in blocks of channels, forwards and backwards', async (t) => {
	const block = await channelBlock();
	const channels = 1.5 * Math.max(block, 8);
	const g = new GraphBuilder('case');
	const x = g.input('x', 'float32', [2, channels, 6, 7]);
	const w = g.input('w', 'float32', [channels, channels, 3, 3]);
	const weights = g.op('FakeQuantizeWeights', [w], {}, andon);
	const y = g.relu(g.op('Conv', [fakeQuantize(g, x, [0.02], [128]), weights], { pads: [1, 1, 1, 1] }));
	const z = fakeQuantize(g, y, [0.05], [0]);
	const loss = g.reduceSum(g.mul(z, z), [0, 1, 2, 3]);
	const gradients = differentiate(g, loss, [x, w]);
	g.output(z, 'z');
	for (const name of [x, w]) g.output(gradients.get(name)!, `d_${name}`);
	const graph = g.build();
	const blocked = blockedLayout(graph, block).graph;
	const fake = blocked.nodes.findLast(({ op }) => op === 'FakeQuantize')!;
	const source = blocked.nodes.find(({ outputs }) => outputs.includes(fake.inputs[0]))!;
	t.equal(source.op, block > 1 ? 'Conv' : 'Relu', 'it reads what the convolution with its ReLU leaves in blocks');
	const difference = await largestDifference(lower(graph).graph, lower(blocked).graph, new Random(4));
	t.ok(difference < 1e-2, `largest difference ${difference}`);
});
