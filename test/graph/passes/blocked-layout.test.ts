import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { float } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { differentiate } from '../../../src/graph/differentiate.ts';
import { float32, type Graph, sizeOf } from '../../../src/graph/graph.ts';
import { batchNormalizationTraining } from '../../../src/graph/ops/batch-normalization.ts';
import { BLOCKED_DOMAIN } from '../../../src/graph/ops/blocked.ts';
import { blockedLayout } from '../../../src/graph/passes/blocked-layout/blocked-layout.ts';
import { lower } from '../../../src/graph/passes/lower.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { channelBlock } from '../../../src/training/engines/ort/channel-block.ts';

type Body = (g: GraphBuilder, inputs: readonly string[]) => string;

interface Case {
	readonly name: string;
	readonly shapes: readonly (readonly number[])[];
	readonly body: Body;
	/** Gradients that have too few channels for blocks. */
	readonly left?: number;
}

const block = await channelBlock();
const b = Math.max(block, 8);
const same = { pads: [1, 1, 1, 1] };
const conv =
	(attributes: Record<string, number | number[]>): Body =>
	(g, inputs) =>
		g.op('Conv', inputs, attributes);
const image = (channels: number, height = 6, width = 7, n = 2) => [n, channels, height, width];

const cases: readonly Case[] = [
	{ name: '3×3', shapes: [image(b), [2 * b, b, 3, 3]], body: conv(same) },
	{ name: '3×3 from more channels to fewer', shapes: [image(3 * b), [b, 3 * b, 3, 3]], body: conv(same) },
	{ name: '3×3 without padding', shapes: [image(b), [b, b, 3, 3]], body: conv({}) },
	{ name: '3×3 with uneven padding', shapes: [image(b), [2 * b, b, 3, 3]], body: conv({ pads: [0, 2, 1, 0] }) },
	{ name: '5×3 with a bias', shapes: [image(b), [b, b, 5, 3], [b]], body: conv({ pads: [2, 1, 2, 1] }) },
	{ name: '1×1', shapes: [image(2 * b), [b, 2 * b, 1, 1]], body: conv({}) },
	{ name: '3×3 of three channels', shapes: [image(3), [b, 3, 3, 3]], body: conv(same), left: 1 },
	{
		name: '1×1 to one channel behind another',
		shapes: [image(b), [b, b, 3, 3], [1, b, 1, 1], [1]],
		body: (g, [x, w, v, bias]) => g.op('Conv', [g.op('Conv', [x, w], same), v, bias]),
	},
	{ name: '3×3 of one and a half blocks', shapes: [image(1.5 * b), [1.5 * b, 1.5 * b, 3, 3]], body: conv(same) },
	{
		name: '3×3, stride 2',
		shapes: [image(b, 8, 6), [2 * b, b, 3, 3]],
		body: conv({ ...same, strides: [2, 2] }),
	},
	{ name: '3×3, stride 2, odd size', shapes: [image(b), [b, b, 3, 3]], body: conv({ ...same, strides: [2, 2] }) },
	{
		name: '3×3, stride 2, padded behind',
		shapes: [image(b, 8, 6), [b, b, 3, 3]],
		body: conv({ pads: [0, 0, 1, 1], strides: [2, 2] }),
	},
	{ name: '1×1, stride 2', shapes: [image(b, 8, 6), [b, b, 1, 1]], body: conv({ strides: [2, 2] }) },
	{
		name: '7×7, stride 2',
		shapes: [image(b, 10, 12), [b, b, 7, 7]],
		body: conv({ pads: [3, 3, 3, 3], strides: [2, 2] }),
	},
	{ name: 'many images in bands', shapes: [image(b, 16, 32, 16), [b, b, 3, 3]], body: conv(same) },
	{ name: 'large maps in bands', shapes: [image(b, 64, 128, 1), [2 * b, b, 3, 3]], body: conv(same) },
	{ name: 'depthwise', shapes: [image(2 * b), [2 * b, 1, 3, 3]], body: conv({ ...same, group: 2 * b }) },
	{
		name: 'depthwise of one and a half blocks, with a bias',
		shapes: [image(1.5 * b), [1.5 * b, 1, 3, 3], [1.5 * b]],
		body: conv({ ...same, group: 1.5 * b }),
	},
	{
		name: 'depthwise, stride 2',
		shapes: [image(b, 8, 6), [b, 1, 3, 3]],
		body: conv({ ...same, group: b, strides: [2, 2] }),
	},
	{
		name: 'depthwise, stride 2, padded behind',
		shapes: [image(b, 8, 6), [b, 1, 3, 3]],
		body: conv({ pads: [0, 0, 1, 1], group: b, strides: [2, 2] }),
	},
	{
		name: 'transposed 2×2, stride 2',
		shapes: [image(2 * b), [2 * b, b, 2, 2]],
		body: (g, i) => g.op('ConvTranspose', i, { strides: [2, 2] }),
	},
	{
		name: 'transposed 3×3, stride 2, with a bias',
		shapes: [image(b), [b, 2 * b, 3, 3], [2 * b]],
		body: (g, i) => g.op('ConvTranspose', i, { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }),
	},
	{
		name: 'transposed 4×4, stride 2',
		shapes: [image(b), [b, b, 4, 4]],
		body: (g, i) => g.op('ConvTranspose', i, { strides: [2, 2], pads: [1, 1, 1, 1] }),
	},
	{
		name: 'normalised, with ReLU, twice, and added',
		shapes: [image(b), [b, b, 3, 3], [b], [b], [b, b, 1, 1]],
		body: (g, [x, w, scale, bias, v]) => {
			const y = g.relu(batchNormalizationTraining(g, g.op('Conv', [x, w], same), scale, bias, 1e-5)[0]);
			return g.add(g.op('Conv', [y, v]), y);
		},
	},
	{
		name: 'normalised, one and a half blocks, clipped',
		shapes: [image(b), [1.5 * b, b, 3, 3], [1.5 * b], [1.5 * b]],
		body: (g, [x, w, scale, bias]) => {
			const y = batchNormalizationTraining(g, g.op('Conv', [x, w], same), scale, bias, 1e-5)[0];
			return g.op('Clip', [y, g.scalar(0), g.scalar(1)]);
		},
	},
	{
		name: 'joined and cut',
		shapes: [image(b), [b, b, 3, 3], [2 * b, b, 3, 3], [b, 3 * b, 1, 1]],
		body: (g, [x, w, v, u]) => {
			const joined = g.concat([g.op('Conv', [x, w], same), g.op('Conv', [x, v], same)], 1);
			return g.op('Conv', [joined, u]);
		},
	},
	{
		name: 'joined, then transposed 3×3',
		shapes: [image(b), [b, b, 3, 3], [2 * b, b, 3, 3], [3 * b, b, 3, 3], [b]],
		body: (g, [x, w, v, u, bias]) => {
			const joined = g.concat([g.op('Conv', [x, w], same), g.op('Conv', [x, v], same)], 1);
			return g.op('ConvTranspose', [joined, u, bias], { strides: [2, 2], pads: [0, 0, 1, 1] });
		},
	},
	{
		name: 'joined, and used whole as well',
		shapes: [image(b), [b, b, 3, 3], [2 * b, b, 3, 3], [b, 3 * b, 3, 3]],
		body: (g, [x, w, v, u]) => {
			const joined = g.relu(g.concat([g.op('Conv', [x, w], same), g.op('Conv', [x, v], same)], 1));
			return g.add(g.op('Conv', [joined, u], { ...same }), g.slice(joined, [1], [b], [2 * b]));
		},
	},
	{
		name: 'transposed 3×3, stride 2, to one channel behind another',
		shapes: [image(b), [b, b, 3, 3], [b, 1, 3, 3], [1]],
		body: (g, [x, w, v, bias]) =>
			g.op('ConvTranspose', [g.op('Conv', [x, w], same), v, bias], { strides: [2, 2], pads: [0, 0, 1, 1] }),
	},
	{
		name: 'transposed 4×4, stride 2, to three channels behind another',
		shapes: [image(b), [b, b, 3, 3], [b, 3, 4, 4]],
		body: (g, [x, w, v]) =>
			g.op('ConvTranspose', [g.op('Conv', [x, w], same), v], { strides: [2, 2], pads: [1, 1, 1, 1] }),
	},
	{
		name: 'pooled',
		shapes: [image(b, 8, 6), [b, b, 3, 3]],
		body: (g, [x, w]) => {
			const y = g.op('Conv', [x, w], same);
			const window = { kernel_shape: [2, 2], strides: [2, 2] };
			return g.add(g.op('MaxPool', [y], window), g.op('AveragePool', [y], window));
		},
	},
	{
		name: 'repeated by two and three',
		shapes: [image(b), [b, b, 3, 3], [b, b, 3, 3]],
		body: (g, [x, w, v]) => {
			const larger = g.op('Resize', [g.op('Conv', [x, w], same), '', g.constant(float32([4], [1, 1, 2, 3]))], {
				mode: 'nearest',
				nearest_mode: 'floor',
				coordinate_transformation_mode: 'asymmetric',
			});
			return g.op('Conv', [larger, v], same);
		},
	},
	{
		name: 'sigmoid, slopes and a scalar',
		shapes: [image(b), [b, b, 3, 3]],
		body: (g, [x, w]) => {
			const y = g.op('Conv', [x, w], same);
			return g.mul(g.sigmoid(y), g.add(g.op('LeakyRelu', [y], { alpha: float(0.1) }), g.scalar(0.5)));
		},
	},
];

/** Σ probe·f(x) and its gradients by every input. */
function withGradients({ name, shapes, body }: Case): { graph: Graph; data: readonly Float32Array[] } {
	const random = new Random(3);
	const normal = (size: number) => Float32Array.from({ length: size }, () => random.normal());
	const g = new GraphBuilder(name);
	const names = shapes.map((shape, i) => g.input(`in${i}`, 'float32', shape));
	const y = body(g, names);
	const probe = g.constant(float32(g.shape(y), normal(sizeOf(g.shape(y)))));
	const loss = g.reduceSum(g.reshape(g.mul(y, probe), [-1]), [0]);
	const gradients = differentiate(g, loss, names);
	g.output(y, 'y');
	for (const input of names) g.output(gradients.get(input)!, `d_${input}`);
	return { graph: g.build(), data: shapes.map((shape) => normal(sizeOf(shape))) };
}

async function outputsOf(graph: Graph, shapes: Case['shapes'], data: readonly Float32Array[]) {
	const model = await openModel(encodeModel(lower(graph).graph), { threads: 2, optimization: 'extended' });
	const feeds = data.map((values, i) => [`in${i}`, new Tensor('float32', values, shapes[i])] as const);
	const results = await model.run(Object.fromEntries(feeds));
	await model.close();
	return results;
}

function largestDifference(a: Float32Array, c: Float32Array): number {
	const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
	return a.reduce((most, value, i) => Math.max(most, Math.abs(value - c[i])), 0) / scale;
}

const skip = block > 1 ? false : 'this CPU has no blocked layout';

for (const c of cases)
	t.test(`in blocks, a convolution ${c.name} gives the same values and gradients`, { skip }, async (t) => {
		const { graph, data } = withGradients(c);
		const composed = lower(graph, (node) => node.op === 'BatchNormalizationTraining').graph;
		const { graph: blocked, modified } = blockedLayout(composed, block);
		t.ok(modified);
		t.equal(blocked.nodes.filter((node) => node.domain === 'andon').length, c.left ?? 0);
		t.ok(blocked.nodes.some((node) => node.domain === BLOCKED_DOMAIN && node.op === 'Conv'));
		const [expected, found] = [await outputsOf(graph, c.shapes, data), await outputsOf(blocked, c.shapes, data)];
		for (const name of Object.keys(expected)) {
			t.same(found[name].dims, expected[name].dims);
			const difference = largestDifference(expected[name].data as Float32Array, found[name].data as Float32Array);
			t.ok(difference < 1e-5, `${name}: largest relative difference ${difference.toExponential(1)}`);
		}
	});
