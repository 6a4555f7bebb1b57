import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { decodeModel, encodeModel } from '../../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../../src/graph/graph.ts';
import { foldBatchNorm } from '../../../src/graph/passes/fold-batch-norm.ts';
import { toHalf } from '../../../src/graph/passes/to-half.ts';
import { typesOf } from '../../../src/graph/types-of.ts';
import { largestDifference } from '../../support/compare-graphs.ts';
import { smallInspector } from '../../support/small-inspector.ts';

const random = new Random(3);

t.test('a U-Net computes the same to float16, between inputs and outputs of the same types', async (t) => {
	const float = foldBatchNorm(smallInspector()).graph;
	const { graph, inFloat, halves, saturated } = toHalf(float);
	t.strictSame(
		[graph.inputs, graph.outputs],
		[float.inputs, float.outputs].map((values) => values.map((value) => ({ ...value }))),
	);
	t.ok((await largestDifference(float, graph, random)) < 3e-3);
	t.ok((await largestDifference(float, graph, random)) > 0, 'and float16 it is');
	t.equal(saturated.size, 0);
	const types = typesOf(graph);
	for (const node of graph.nodes.filter(({ op }) => op === 'Relu')) t.equal(types(node.outputs[0]), 'float16');
	for (const node of graph.nodes.filter(({ op }) => op === 'Sigmoid')) t.equal(types(node.inputs[0]), 'float32');
	t.ok(halves.size > 20);
	const kept = inFloat.filter(({ op }) => op === 'Conv' || op === 'Gemm' || op === 'MatMul');
	t.ok(kept.length > 0 && kept.every(({ reason }) => reason === 'it gives the last logits'));
	t.match(
		inFloat.filter(({ op }) => op === 'Sigmoid'),
		[{ reason: /digits/ }],
	);
});

t.test('the file is half as large and comes back as it was written', async (t) => {
	const float = foldBatchNorm(smallInspector()).graph;
	const { graph } = toHalf(float);
	const [before, after] = [float, graph].map((model) => encodeModel(model));
	t.ok(after.length < 0.6 * before.length);
	t.strictSame(encodeModel(decodeModel(after)), after);
});

t.test('there is one conversion at each border and none between', async (t) => {
	const { graph } = toHalf(chain((g, x) => g.relu(g.add(g.relu(x), x))));
	t.strictSame(
		graph.nodes.map(({ op }) => op),
		['Cast', 'Conv', 'Relu', 'Add', 'Relu', 'Cast', 'Conv', 'Sigmoid'],
	);
});

t.test('a value that goes two ways is converted once', async (t) => {
	const { graph } = toHalf(
		chain((g, x) => g.mul(x, g.op('Cast', [g.op('Cast', [g.sigmoid(g.add(x, x))], { to: 1 })], { to: 1 }))),
	);
	const toFloat = graph.nodes.filter(({ op, attributes }) => op === 'Cast' && attributes.to.value === 1);
	t.equal(new Set(toFloat.map(({ inputs }) => inputs[0])).size, toFloat.length);
});

t.test('camera bytes go to float16 in one step where nothing is done to them before', async (t) => {
	const g = new GraphBuilder('bytes');
	const x = g.op('Cast', [g.input('x', 'uint8', [1, 1, 6, 6])], { to: 1 });
	g.output(g.op('GlobalAveragePool', [conv(g, g.relu(conv(g, x, 4, 1)), 2, 4)]), 'y');
	const { graph } = toHalf(g.build());
	t.match(graph.nodes[0], { op: 'Cast', inputs: ['x'], attributes: { to: { value: 10 } } });
	t.equal(graph.nodes.filter(({ op }) => op === 'Cast').length, 2);
});

t.test('sizes, scales and other inputs that are not values keep their types', async (t) => {
	const scales = (g: GraphBuilder) => g.constant(float32([4], [1, 1, 2, 2]), 'scales');
	const float = chain((g, x) =>
		g.op('Resize', [x, '', scales(g)], {
			mode: 'nearest',
			coordinate_transformation_mode: 'asymmetric',
			nearest_mode: 'floor',
		}),
	);
	const { graph } = toHalf(float);
	t.equal(graph.initializers.get('scales')?.type, 'float32');
	t.ok((await largestDifference(float, graph, random)) < 1e-2);
});

t.test('what float16 cannot hold stays in float32, and so does what reads it', async (t) => {
	const float = chain((g, x) => g.op('Mul', [g.relu(x), g.scalar(1e-5)], {}, { names: ['small'] }));
	const large = float.nodes.find(({ op }) => op === 'Relu')!.outputs[0];
	const { graph, inFloat } = toHalf(float, { tooLarge: new Set([large]) });
	t.match(
		inFloat.filter(({ reason }) => /exceed/.test(reason)).map(({ op }) => op),
		['Relu', 'Mul'],
	);
	t.equal(typesOf(graph)(large), 'float32');
});

t.test('bounds beyond float16 become the largest one and are counted; such weights stay in float32', async (t) => {
	const bounded = chain((g, x) => g.op('Clip', [x, g.scalar(0), g.constant(float32([], [3e38]), 'bound')]));
	const { graph, saturated } = toHalf(bounded);
	t.strictSame([...saturated], [['bound', 1]]);
	t.ok((await largestDifference(bounded, graph, random)) < 1e-2);
	const heavy = chain((g, x) => g.op('Conv', [x, g.constant(float32([4, 4, 1, 1], new Array(16).fill(1e5)), 'heavy')]));
	t.match(
		toHalf(heavy).inFloat.filter(({ reason }) => /weights/.test(reason)),
		[{ op: 'Conv' }],
	);
});

t.test('operators that nobody vouches for stay in float32', async (t) => {
	const { inFloat } = toHalf(chain((g, x) => g.op('Softplus', [g.op('Sin', [x])])));
	t.match(
		inFloat.slice(0, 2).map(({ op, reason }) => `${op}: ${reason}`),
		[/Sin: .*not known/, /Softplus: .*rounding/],
	);
});

/** x float32 → Conv → what is given → Conv → Sigmoid. */
function chain(middle: (g: GraphBuilder, x: string) => string): Graph {
	const g = new GraphBuilder('chain');
	const x = g.input('x', 'float32', [1, 2, 6, 6]);
	g.op('Sigmoid', [conv(g, middle(g, conv(g, x, 4, 2)), 1, 4)], {}, { names: ['y'] });
	g.output('y');
	return g.build();
}

function conv(g: GraphBuilder, x: string, to: number, from: number): string {
	const weight = Float32Array.from({ length: to * from * 9 }, () => random.normal() / (3 * Math.sqrt(from)));
	return g.op('Conv', [x, g.constant(float32([to, from, 3, 3], weight))], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
}
