import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { intsOf } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32, type Graph, sizeOf } from '../../../src/graph/graph.ts';
import { splitByTaps } from '../../../src/graph/passes/split-by-taps.ts';
import { transposedConvolutionToDepthToSpace } from '../../../src/graph/passes/transposed-convolution-to-depth-to-space.ts';
import { largestDifference } from '../../support/compare-graphs.ts';

const random = new Random(12);
const noise = (dims: number[]) => Float32Array.from({ length: sizeOf(dims) }, () => random.normal());

function transposed(kernel: number, attributes: Record<string, number[]>, filters = 16): Graph {
	const g = new GraphBuilder('transposed');
	const x = g.input('x', 'float32', [2, 3, 5, 4]);
	const weight = g.constant(float32([3, filters, kernel, kernel], noise([3, filters, kernel, kernel])), 'w');
	const bias = g.constant(float32([filters], noise([filters])), 'b');
	g.output(g.op('ConvTranspose', [x, weight, bias], { kernel_shape: [kernel, kernel], ...attributes }), 'y');
	return transposedConvolutionToDepthToSpace(g.build()).graph;
}

t.test('each part of a block gets the taps that it uses, and the numbers stay', async (t) => {
	const cases: Record<string, [Graph, number[][]]> = {
		'padded on both sides': [
			transposed(3, { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }),
			[
				[1, 1],
				[1, 2],
				[2, 1],
				[2, 2],
			],
		],
		'padded at the end': [
			transposed(3, { strides: [2, 2], pads: [0, 0, 1, 1] }),
			[
				[2, 2],
				[2, 1],
				[1, 2],
				[1, 1],
			],
		],
	};
	for (const [what, [graph, kernels]] of Object.entries(cases)) {
		const { graph: split, modified } = splitByTaps(graph);
		t.ok(modified, what);
		const convolutions = split.nodes.filter(({ op }) => op === 'Conv');
		t.same(
			convolutions.map((node) => intsOf(node, 'kernel_shape', [])),
			kernels,
			what,
		);
		t.ok((await largestDifference(graph, split, random)) < 1e-5, `${what}: same numbers`);
	}
});

t.test('taps at the edge that see real pixels stay, though they are zero', async (t) => {
	const g = new GraphBuilder('no padding');
	const x = g.input('x', 'float32', [1, 2, 5, 6]);
	const dims = [64, 2, 2, 2];
	// The first quarter of the filters has its first row empty, the others nothing.
	const weight = noise(dims).map((value, i) => (i < 16 * 8 && i % 4 < 2 ? 0 : value));
	const deep = g.op('Conv', [x, g.constant(float32(dims, weight))]);
	g.output(g.op('DepthToSpace', [deep], { blocksize: 2 }), 'y');
	const graph = g.build();
	t.equal(splitByTaps(graph).graph, graph);
});

t.test('kernels that are full, and few filters, are left alone', async (t) => {
	for (const graph of [transposed(2, { strides: [2, 2] }), transposed(3, { strides: [2, 2], pads: [0, 0, 1, 1] }, 4)])
		t.equal(splitByTaps(graph).graph, graph);
});
