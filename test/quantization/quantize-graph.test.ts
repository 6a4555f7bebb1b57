import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { float } from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../src/graph/graph.ts';
import { linksOf } from '../../src/graph/links.ts';
import { openModel } from '../../src/inference/model.ts';
import { audit } from '../../src/quantization/audit.ts';
import { imageTensor } from '../../src/quantization/image-tensor.ts';
import { observeValues } from '../../src/quantization/observe-values.ts';
import { planQuantization } from '../../src/quantization/plan.ts';
import { quantizeGraph } from '../../src/quantization/quantize-graph.ts';
import { rangesOf } from '../../src/quantization/ranges/index.ts';

const random = new Random(9);
const minMax = { method: 'min-max' } as const;

t.test('the camera byte itself is the quantized input', async (t) => {
	for (const [what, graph] of [
		['grey', camera(1, (g, x) => conv(g, x, 4, 1))],
		['colour', camera(3, (g, x) => conv(g, x, 4, 3))],
	] as const) {
		const { graph: quantized } = await quantizeOn(graph);
		const links = linksOf(quantized);
		const first = quantized.nodes.find(({ op }) => op === 'Conv')!;
		const dequantize = links.producer(first.inputs[0])!;
		t.equal(dequantize.op, 'DequantizeLinear', what);
		t.strictSame(quantized.initializers.get(dequantize.inputs[1])!.data, Float32Array.of(1 / 255), what);
		t.strictSame(quantized.initializers.get(dequantize.inputs[2])!.data, Uint8Array.of(0), what);
		const layout = links.producer(dequantize.inputs[0])!;
		t.match(layout.op, /Transpose|Reshape/, what);
		t.strictSame(layout.inputs[0], 'image', what);
		t.notOk(
			quantized.nodes.some(({ op }) => op === 'Cast'),
			`${what}: no float image`,
		);
	}
});

t.test('a ReLU before quantization is absorbed by the clip at code 0', async (t) => {
	const graph = camera(1, (g, x) => g.op('Clip', [conv(g, g.relu(conv(g, x, 4, 1)), 4, 4), g.scalar(0), g.scalar(6)]));
	const { graph: quantized, parameters } = await quantizeOn(graph);
	t.notOk(quantized.nodes.some(({ op }) => op === 'Relu' || op === 'Clip'));
	for (const node of graph.nodes)
		if (node.op === 'Relu' || node.op === 'Clip') t.equal(parameters.get(node.outputs[0])!.zeroPoint, 0);
});

t.test('a skip shares one scale with what it meets', async (t) => {
	const { parameters, concat } = await skip((g, x) => g.relu(x));
	const scales = [...concat.inputs, concat.outputs[0]].map((name) => parameters.get(name)!);
	t.strictSame(scales, [scales[0], scales[0], scales[0]]);
});

t.test('a skip that meets negative values keeps zero point 0, so that its convolution still fuses', async (t) => {
	const { graph, parameters, concat } = await skip((_g, x) => x);
	const [enlarged, skipped] = concat.inputs.map((name) => parameters.get(name)!);
	t.not(enlarged.zeroPoint, 0);
	t.equal(skipped.zeroPoint, 0);
	t.strictSame(parameters.get(concat.outputs[0]), enlarged);
	const { passed, fused } = await audit(encodeModel(graph));
	t.ok(passed);
	t.equal(fused, 5);
});

t.test('a skip behind ReLU6 that meets larger values keeps parameters that end at 6', async (t) => {
	const graph = camera(1, (g, x) => {
		const clipped = g.op('Clip', [conv(g, x, 4, 1), g.scalar(0), g.scalar(6)]);
		return conv(g, g.concat([clipped, g.relu(g.mul(conv(g, clipped, 4, 4), g.scalar(100)))], 1), 2, 8);
	});
	const clip = graph.nodes.find(({ op }) => op === 'Clip')!.outputs[0];
	const concat = graph.nodes.find(({ op }) => op === 'Concat')!.outputs[0];
	const ranges = new Map(Array.from(planQuantization(graph).integers, (name) => [name, { min: 0, max: 90 }]));
	const { parameters } = quantizeGraph(graph, ranges.set(clip, { min: 0, max: 5.5 }));
	t.strictSame(parameters.get(clip), { scale: Math.fround(5.5 / 255), zeroPoint: 0 });
	t.strictSame(parameters.get(concat), { scale: Math.fround(90 / 255), zeroPoint: 0 });
});

t.test('pooling, enlarging and moving values keep scale and zero point', async (t) => {
	const graph = camera(1, (g, x) => {
		const pooled = g.op('MaxPool', [conv(g, x, 4, 1)], { kernel_shape: [2, 2], strides: [2, 2] });
		return conv(g, g.op('DepthToSpace', [g.transpose(pooled, [0, 1, 3, 2])], { blocksize: 2 }), 2, 1);
	});
	const { parameters } = await quantizeOn(graph);
	const [first, pool, transpose, depth] = graph.nodes.slice(-6).map(({ outputs }) => parameters.get(outputs[0]));
	t.ok(first);
	t.strictSame([pool, transpose, depth], [first, first, first]);
});

t.test('additions of a residual block run on integers', async (t) => {
	const graph = camera(1, (g, x) => {
		const a = g.relu(conv(g, x, 4, 1));
		return conv(g, g.relu(g.add(conv(g, a, 4, 4), a)), 2, 4);
	});
	const { graph: quantized } = await quantizeOn(graph);
	const { operators, passed } = await audit(encodeModel(quantized));
	t.ok(passed);
	t.equal(operators.QLinearAdd, 1);
	t.notOk(quantized.nodes.some(({ op }) => op === 'Relu'));
});

t.test('an operator without an integer form stays in float and is listed with the reason', async (t) => {
	const graph = camera(1, (g, x) => conv(g, g.op('Softplus', [conv(g, x, 4, 1)]), 2, 4));
	const softplus = graph.nodes.find(({ op }) => op === 'Softplus')!;
	t.match(planQuantization(graph).inFloat, [{ name: softplus.name, op: 'Softplus', reason: /float/ }]);
	const { graph: quantized } = await quantizeOn(graph);
	const { passed, strayPairs, floatConvolutions } = await audit(encodeModel(quantized));
	t.notOk(passed);
	t.match(strayPairs, [/Softplus/]);
	t.strictSame(floatConvolutions, []);
});

t.test('linear interpolation stays in float, which is faster, and is listed without failing the audit', async (t) => {
	const graph = camera(1, (g, x) => {
		const scales = g.constant(float32([4], [1, 1, 2, 2]));
		return conv(g, g.op('Resize', [g.relu(conv(g, x, 8, 1)), '', scales], { mode: 'linear' }), 8, 8);
	});
	t.match(
		planQuantization(graph).inFloat.filter(({ op }) => op === 'Resize'),
		[{ reason: /faster/ }],
	);
	const { graph: quantized } = await quantizeOn(graph);
	const { passed, strayPairs, interpolated } = await audit(encodeModel(quantized));
	t.match({ passed, strayPairs, interpolated }, { passed: true, strayPairs: [], interpolated: [/from Resize/] });
});

t.test('pooling and a large dense layer run on integers, and its result is float at once', async (t) => {
	for (const transB of [0, 1]) {
		const graph = camera(1, (g, x) => {
			const features = g.relu(g.add(conv(g, x, 256, 1), conv(g, x, 256, 1)));
			const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [features])], { axis: 1 });
			const dense = [noise(transB ? [300, 256] : [256, 300]), noise([300])];
			return g.op('Gemm', [pooled, ...dense.map((tensor) => g.constant(tensor))], { transB });
		});
		t.strictSame(
			planQuantization(graph).inFloat.map(({ op }) => op),
			['Identity'],
		);
		const { graph: quantized } = await quantizeOn(graph);
		const { operators, passed, leavesToFloat } = await audit(encodeModel(quantized));
		t.match({ passed, leavesToFloat }, { passed: true, leavesToFloat: [] });
		t.match(operators, { QLinearGlobalAveragePool: 1, QGemm: 1, QLinearAdd: 1 });
		const [float, int8] = [await outputOf(graph), await outputOf(quantized)];
		const rms = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
		t.ok(rms(float.map((v, i) => v - int8[i])) < 0.03 * rms(float), `transB ${transB}`);
	}
});

t.test(
	'a large dense layer behind an operator in float stays in float, rather than have its input converted',
	async (t) => {
		const graph = camera(1, (g, x) => {
			const features = g.relu(conv(g, x, 256, 1));
			const both = g.concat([g.op('GlobalMaxPool', [features]), g.op('GlobalAveragePool', [features])], 1);
			return g.op('Gemm', [g.op('Flatten', [both]), g.constant(noise([512, 128]))]);
		});
		const { passed, strayPairs, operators } = await audit(encodeModel((await quantizeOn(graph)).graph));
		t.match({ passed, strayPairs }, { passed: true, strayPairs: [] });
		t.equal(operators.QGemm, undefined);
	},
);

t.test('a small dense layer stays in float, where it takes no time', async (t) => {
	const graph = camera(1, (g, x) => {
		const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [conv(g, x, 8, 1)])], { axis: 1 });
		return g.op('Gemm', [pooled, g.constant(noise([8, 3]))]);
	});
	t.match(
		planQuantization(graph).inFloat.map(({ op, reason }) => `${op}: ${reason}`),
		['GlobalAveragePool: what it gives goes on in float', /^Flatten/, /^Gemm: it is too small to gain/],
	);
});

t.test('SiLU and leaky ReLU between convolutions run on integers', async (t) => {
	const graph = camera(1, (g, x) => {
		const a = conv(g, x, 4, 1);
		const silu = g.mul(a, g.sigmoid(a));
		return conv(g, g.op('LeakyRelu', [conv(g, silu, 4, 4)], { alpha: float(0.1) }), 2, 4);
	});
	t.strictSame(planQuantization(graph).inFloat, []);
	const { operators, passed } = await audit(encodeModel((await quantizeOn(graph)).graph));
	t.ok(passed);
	t.match(operators, { QLinearSigmoid: 1, QLinearMul: 1, QLinearLeakyRelu: 1 });
});

t.test('a convolution whose weights are computed stays in float and is listed', async (t) => {
	const graph = camera(1, (g, x) =>
		g.op('Conv', [x, g.relu(g.constant(noise([2, 1, 1, 1]), 'w'))], { kernel_shape: [1, 1] }),
	);
	t.match(planQuantization(graph).inFloat, [{ op: 'Relu' }, { op: 'Conv', reason: 'its weights are not constant' }]);
	const { graph: quantized } = await quantizeOn(graph);
	t.match(await audit(encodeModel(quantized)), { passed: false, fused: 0, floatConvolutions: [/Conv/] });
});

t.test('a model without camera preprocessing is quantized at its input', async (t) => {
	const g = new GraphBuilder('float input');
	g.output(conv(g, g.input('x', 'float32', [1, 3, 8, 8]), 4, 3), 'y');
	const graph = g.build();
	const ranges = new Map(Array.from(planQuantization(graph).integers, (name) => [name, { min: -1, max: 1 }]));
	const { graph: quantized, dequantized } = quantizeGraph(graph, ranges);
	t.equal(quantized.nodes[0].op, 'QuantizeLinear');
	t.strictSame(quantized.nodes[0].inputs[0], 'x');
	t.equal(dequantized.get('y'), 'y', 'outputs keep their names');
	t.equal((await audit(encodeModel(quantized))).fused, 1);
});

t.test('a model of an operator set without scales per channel is refused', async (t) => {
	const graph = { ...camera(1, (g, x) => conv(g, x, 4, 1)), opsets: { '': 11 } };
	t.throws(() => quantizeGraph(graph, new Map()), { code: 'MODEL_UNSUPPORTED', message: /set 11/ });
});

/** Byte image 16×16 → [0,1] → `body` → output `y`. */
function camera(channels: 1 | 3, body: (g: GraphBuilder, x: string) => string): Graph {
	const g = new GraphBuilder('camera');
	const image = g.input('image', 'uint8', [1, 16, 16, channels]);
	const float = g.mul(g.op('Cast', [image], { to: 1 }), g.scalar(1 / 255));
	g.output(body(g, channels === 1 ? g.reshape(float, [1, 1, 16, 16]) : g.transpose(float, [0, 3, 1, 2])), 'y');
	return g.build();
}

/** A two-level U-Net: the enlarged deep features, through `activation`, meet the shallow ones. */
async function skip(activation: (g: GraphBuilder, x: string) => string) {
	const graph = camera(1, (g, x) => {
		const shallow = g.relu(conv(g, x, 4, 1));
		const deep = g.relu(conv(g, g.op('MaxPool', [shallow], { kernel_shape: [2, 2], strides: [2, 2] }), 8, 4));
		const scales = g.constant(float32([4], [1, 1, 2, 2]));
		const attributes = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
		const enlarged = g.op('Resize', [activation(g, conv(g, deep, 4, 8)), '', scales], attributes);
		return conv(g, g.relu(conv(g, g.concat([enlarged, shallow], 1), 4, 8)), 1, 4);
	});
	return { ...(await quantizeOn(graph)), concat: graph.nodes.find(({ op }) => op === 'Concat')! };
}

async function quantizeOn(graph: Graph) {
	const [, height, width, channels] = graph.inputs[0].shape as number[];
	const images = Array.from({ length: 3 }, () =>
		Uint8Array.from({ length: height * width * channels }, () => random.integer(256)),
	);
	const plan = planQuantization(graph);
	return quantizeGraph(graph, rangesOf(await observeValues(graph, images, [...plan.integers]), minMax), plan);
}

async function outputOf(graph: Graph): Promise<Float32Array> {
	const model = await openModel(encodeModel(graph), { threads: 1 });
	const [, height, width, channels] = graph.inputs[0].shape as number[];
	const image = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 37) % 256);
	const results = await model.run({ [graph.inputs[0].name]: imageTensor(graph, image) });
	await model.close();
	return results[graph.outputs[0].name].data as Float32Array;
}

function conv(g: GraphBuilder, x: string, filters: number, depth: number): string {
	const weights = [g.constant(noise([filters, depth, 3, 3])), g.constant(noise([filters]))];
	return g.op('Conv', [x, ...weights], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
}

function noise(dims: number[]) {
	return float32(
		dims,
		Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal() / 3),
	);
}
