import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32, type Graph } from '../../../src/graph/graph.ts';
import { transposedConvolutionToDepthToSpace } from '../../../src/graph/passes/transposed-convolution-to-depth-to-space.ts';
import { largestDifference } from '../../support/compare-graphs.ts';

const random = new Random(5);

t.test('the rewritten graph gives the same numbers', async (t) => {
	const cases: Record<string, [Graph, number[]]> = {
		'2×2, stride 2': [transposed([2, 2], { strides: [2, 2] }), [1, 1]],
		'3×3, stride 2, padded': [
			transposed([3, 3], { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }),
			[2, 2],
		],
		'3×3, stride 2, padded at the beginning': [transposed([3, 3], { strides: [2, 2], pads: [1, 0, 0, 1] }), [2, 2]],
		'4×4, stride 2, padded': [transposed([4, 4], { strides: [2, 2], pads: [1, 1, 1, 1] }), [3, 3]],
		'3×4, stride 3': [transposed([3, 4], { strides: [3, 3], pads: [0, 1, 0, 0] }), [1, 2]],
		'2×2, stride 2, with bias': [transposed([2, 2], { strides: [2, 2] }, true), [1, 1]],
	};
	for (const [what, [graph, kernel]] of Object.entries(cases)) {
		const { graph: rewritten, modified } = transposedConvolutionToDepthToSpace(graph);
		t.ok(modified, what);
		t.strictSame(
			rewritten.nodes.map(({ op }) => op),
			['Conv', 'DepthToSpace', 'Identity'],
			what,
		);
		t.strictSame(rewritten.nodes[0].attributes.kernel_shape, { kind: 'ints', value: kernel }, what);
		t.ok((await largestDifference(graph, rewritten, random)) < 1e-5, `${what}: same numbers`);
	}
});

t.test('what has no exact rewrite is left alone', async (t) => {
	const cases: Record<string, Graph> = {
		'stride 1': transposed([3, 3], { strides: [1, 1], pads: [1, 1, 1, 1] }),
		'an output that is not twice the input': transposed([3, 3], { strides: [2, 2] }),
		'two strides': transposed([2, 3], { strides: [2, 3] }),
	};
	for (const [what, graph] of Object.entries(cases))
		t.strictSame(transposedConvolutionToDepthToSpace(graph), { graph, modified: false }, what);
});

function transposed(kernel: number[], attributes: Record<string, number[]>, bias = false): Graph {
	const g = new GraphBuilder('transposed');
	const x = g.input('x', 'float32', [2, 3, 5, 4]);
	const inputs = [x, g.constant(noise([3, 4, ...kernel]), 'w'), ...(bias ? [g.constant(noise([4]), 'b')] : [])];
	g.output(g.op('ConvTranspose', inputs, { kernel_shape: kernel, ...attributes }), 'y');
	return g.build();
}

function noise(dims: number[]) {
	return float32(
		dims,
		Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()),
	);
}
