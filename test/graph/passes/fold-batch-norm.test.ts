import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { float } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32, type Graph } from '../../../src/graph/graph.ts';
import { foldBatchNorm } from '../../../src/graph/passes/fold-batch-norm.ts';
import { largestDifference } from '../../support/compare-graphs.ts';

const random = new Random(3);

t.test('a folded graph gives the same numbers', async (t) => {
	const cases: Record<string, Graph> = {
		'convolution without bias': normalized('Conv', [6, 4, 3, 3], {}),
		'convolution with bias': normalized('Conv', [6, 4, 3, 3], {}, true),
		'grouped convolution': normalized('Conv', [6, 2, 3, 3], { group: 2 }, true),
		'transposed convolution': normalized('ConvTranspose', [4, 6, 2, 2], { strides: [2, 2] }, true),
		'grouped transposed convolution': normalized('ConvTranspose', [4, 3, 2, 2], { strides: [2, 2], group: 2 }),
	};
	for (const [what, graph] of Object.entries(cases)) {
		const { graph: folded, modified } = foldBatchNorm(graph);
		t.ok(modified, what);
		t.notOk(
			folded.nodes.some(({ op }) => op === 'BatchNormalization'),
			`${what}: no normalisation is left`,
		);
		t.equal(folded.initializers.size, 2, `${what}: weight and bias are the only constants`);
		t.ok((await largestDifference(graph, folded, random)) < 1e-5, `${what}: same numbers`);
	}
});

t.test('a convolution that something else reads is left alone', async (t) => {
	const g = new GraphBuilder('two readers');
	const x = g.input('x', 'float32', [1, 4, 5, 5]);
	const c = g.op('Conv', [x, g.constant(noise([4, 4, 1, 1]), 'w')], { kernel_shape: [1, 1] });
	g.output(g.add(normalize(g, c, 4), c), 'y');
	const graph = g.build();
	t.strictSame(foldBatchNorm(graph), { graph, modified: false });
});

t.test('statistics that are computed are left alone', async (t) => {
	const g = new GraphBuilder('computed');
	const x = g.input('x', 'float32', [1, 4, 5, 5]);
	const mean = g.input('mean', 'float32', [4]);
	const c = g.op('Conv', [x, g.constant(noise([4, 4, 1, 1]), 'w')], { kernel_shape: [1, 1] });
	const ones = g.constant(float32([4], [1, 1, 1, 1]), 'ones');
	g.output(g.op('BatchNormalization', [c, ones, ones, mean, ones]), 'y');
	t.notOk(foldBatchNorm(g.build()).modified);
});

function normalized(op: string, dims: number[], attributes: Record<string, number | number[]>, bias = false): Graph {
	const g = new GraphBuilder(op);
	const x = g.input('x', 'float32', [2, 4, 7, 5]);
	const inputs = [x, g.constant(noise(dims), 'w'), ...(bias ? [g.constant(noise([6]), 'b')] : [])];
	g.output(normalize(g, g.op(op, inputs, { kernel_shape: dims.slice(2), ...attributes }), 6), 'y');
	return g.build();
}

function normalize(g: GraphBuilder, x: string, channels: number): string {
	const parameters = ['scale', 'shift', 'mean'].map((name) => g.constant(noise([channels]), name));
	const variance = g.constant(
		float32(
			[channels],
			Array.from({ length: channels }, () => random.between(0.1, 2)),
		),
		'variance',
	);
	return g.op('BatchNormalization', [x, ...parameters, variance], { epsilon: float(1e-3) });
}

function noise(dims: number[]) {
	return float32(
		dims,
		Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()),
	);
}
