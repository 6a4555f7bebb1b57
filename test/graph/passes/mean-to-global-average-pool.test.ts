import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { meanToGlobalAveragePool } from '../../../src/graph/passes/mean-to-global-average-pool.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';

const dims = [2, 3, 4, 5];

t.test('a mean over height and width becomes global average pooling, with and without the axes', async (t) => {
	for (const [axes, keepdims] of [
		[[2, 3], 1],
		[[-1, -2], 0],
	] as const) {
		const graph = mean(axes, keepdims);
		const { graph: pooled, modified } = meanToGlobalAveragePool(graph);
		t.ok(modified);
		t.strictSame(
			pooled.nodes.map(({ op }) => op),
			keepdims ? ['GlobalAveragePool'] : ['GlobalAveragePool', 'Squeeze'],
		);
		const [expected, found] = [await run(graph), await run(pooled)];
		t.strictSame(found.dims, expected.dims);
		for (const [i, value] of found.data.entries()) t.ok(Math.abs(value - expected.data[i]) < 1e-5);
	}
});

t.test('other means stay', async (t) => {
	for (const axes of [[1], [1, 2, 3], [2]]) t.notOk(meanToGlobalAveragePool(mean(axes, 1)).modified, `${axes}`);
});

function mean(axes: readonly number[], keepdims: 0 | 1): Graph {
	const g = new GraphBuilder('mean');
	g.output(g.op('ReduceMean', [g.input('x', 'float32', dims), g.ints(axes)], { keepdims }, { names: ['y'] }));
	return g.build();
}

async function run(graph: Graph) {
	const x = Float32Array.from({ length: 120 }, (_, i) => Math.sin(i));
	const model = await openModel(encodeModel(graph), { threads: 1 });
	const { y } = await model.run({ x: new Tensor('float32', x, dims) });
	await model.close();
	return { dims: y.dims, data: y.data as Float32Array };
}
