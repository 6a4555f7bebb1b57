import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import type { Graph, Shape } from '../../../src/graph/graph.ts';
import { freeBatch } from '../../../src/graph/passes/free-batch.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';

const rest = [2, 4, 6];

function graph(shape: Shape, body: (g: GraphBuilder, x: string) => string): Graph {
	const g = new GraphBuilder('exported');
	g.output(body(g, g.input('x', 'float32', shape)), 'y');
	return g.build();
}

async function sizesAt(free: Graph, batch: number): Promise<readonly number[]> {
	const model = await openModel(encodeModel(free), { threads: 1 });
	const { y } = await model.run({ x: new Tensor('float32', new Float32Array(batch * 48).fill(1), [batch, ...rest]) });
	await model.close();
	return y.dims;
}

t.test('a model that was exported for one image takes any batch', async (t) => {
	const free = freeBatch(
		graph([1, ...rest], (g, x) => g.reshape(g.relu(x), [1, 48])),
		'x',
		rest,
	);
	t.same(free.inputs[0].shape, ['N', ...rest]);
	for (const batch of [1, 3]) t.same(await sizesAt(free, batch), [batch, 48]);
});

t.test('shapes that were computed from the batch are computed no longer', async (t) => {
	const shuffled = graph(['n', ...rest], (g, x) => {
		const size = (axis: number) => g.op('Gather', [g.op('Shape', [x]), g.ints([axis])]);
		const target = g.concat([size(0), g.ints([1]), size(1), g.ints([-1])], 0);
		return g.op('Reshape', [g.relu(x), target]);
	});
	const free = freeBatch(shuffled, 'x', rest);
	t.notOk(free.nodes.some(({ op }) => op === 'Shape' || op === 'Gather'));
	t.same(await sizesAt(free, 5), [5, 1, 2, 24]);
});

t.test('a batch inside a product is left open, and sizes of an enlargement name height and width', async (t) => {
	const heads = graph(['n', ...rest], (g, x) => {
		const batch = g.op('Gather', [g.op('Shape', [x]), g.ints([0])]);
		const rows = g.op('Reshape', [x, g.concat([g.mul(batch, g.ints([2])), g.ints([24])], 0)]);
		return g.reshape(rows, [-1, 2, 4, 6]);
	});
	t.same(await sizesAt(freeBatch(heads, 'x', rest), 3), [3, 2, 4, 6]);
	const larger = graph([2, ...rest], (g, x) => g.op('Resize', [x, '', '', g.ints([2, 2, 8, 9])], { mode: 'linear' }));
	t.same(await sizesAt(freeBatch(larger, 'x', rest), 3), [3, 2, 8, 9]);
});

t.test('a model that computes with its batch is refused', async (t) => {
	const weighed = graph(['n', ...rest], (g, x) => {
		const batch = g.op('Gather', [g.op('Shape', [x]), g.ints([0])]);
		return g.mul(x, g.op('Cast', [batch], { to: 1 }));
	});
	t.throws(() => freeBatch(weighed, 'x', rest), { code: 'MODEL_UNSUPPORTED', message: /Cast .*size of the batch/ });
	const other = graph([1, ...rest], (g, x) => g.reshape(x, [2, 24]));
	t.throws(() => freeBatch(other, 'x', rest), { code: 'MODEL_UNSUPPORTED', message: /dynamic batch/ });
});
