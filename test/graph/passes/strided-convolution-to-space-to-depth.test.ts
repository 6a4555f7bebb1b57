import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32, sizeOf } from '../../../src/graph/graph.ts';
import { stridedConvolutionToSpaceToDepth } from '../../../src/graph/passes/strided-convolution-to-space-to-depth.ts';
import { Tensor } from '../../../src/inference/model.ts';
import { runGraph } from '../../support/compare-graphs.ts';

const random = new Random(3);
const normal = (dims: readonly number[]) => Float32Array.from({ length: sizeOf(dims) }, () => random.normal());

function convolution(channels: number, kernel: number, stride: number, pad: number) {
	const g = new GraphBuilder('strided');
	const x = g.input('x', 'float32', [2, channels, 12, 18]);
	const dims = [5, channels, kernel, kernel];
	const weight = g.constant(float32(dims, normal(dims)), 'weight');
	const bias = g.constant(float32([5], normal([5])), 'bias');
	g.output(g.op('Conv', [x, weight, bias], { strides: [stride, stride], pads: [pad, pad, pad, pad] }), 'y');
	return g.build();
}

for (const [channels, kernel, stride, pad] of [
	[1, 6, 2, 2],
	[3, 2, 2, 0],
	[2, 6, 3, 3],
])
	t.test(`${kernel}×${kernel} at stride ${stride} on ${channels} channels gives the same`, async (t) => {
		const graph = convolution(channels, kernel, stride, pad);
		const result = stridedConvolutionToSpaceToDepth(graph);
		t.ok(result.modified);
		t.notOk(result.graph.nodes.some((node) => node.attributes.strides));
		const dims = [2, channels, 12, 18];
		const feeds = { x: new Tensor('float32', normal(dims), dims) };
		const [before, after] = [await runGraph(graph, feeds), await runGraph(result.graph, feeds)];
		t.same(after.y.dims, before.y.dims);
		const differences = (before.y.data as Float32Array).map((v, i) => Math.abs(v - Number(after.y.data[i])));
		t.ok(Math.max(...differences) < 1e-4, `largest difference ${Math.max(...differences)}`);
	});

t.test('what does not divide, has many channels or no stride is left alone', async (t) => {
	for (const [channels, kernel, stride, pad] of [
		[1, 3, 2, 1],
		[1, 6, 2, 1],
		[8, 2, 2, 0],
		[1, 3, 1, 1],
	]) {
		const graph = convolution(channels, kernel, stride, pad);
		t.equal(stridedConvolutionToSpaceToDepth(graph).graph, graph);
	}
});
