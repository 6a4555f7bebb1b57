import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { int64 } from '../../../src/graph/graph.ts';
import { resolveShapes } from '../../../src/graph/passes/resolve-shapes.ts';

/** y = x resized to the size of a pooled map twice over, as exporters write it: sizes are computed in the graph. */
function computed() {
	const g = new GraphBuilder('computed');
	let x = g.input('x', 'float32', ['batch', 2, 'side', 'side']);
	for (let i = 0; i < 2; i++) {
		const half = g.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
		const size = g.op('Shape', [half], { start: 2 });
		const flat = g.op('Concat', [g.op('Shape', [half], { end: 2 }), g.ints([-1])], { axis: 0 });
		const wide = g.op('Slice', [g.op('Shape', [half]), g.ints([0]), g.ints([2]), g.ints([0])]);
		x = g.op('Reshape', [g.op('Reshape', [half, flat]), g.op('Concat', [wide, size], { axis: 0 })]);
	}
	g.output(x, 'y');
	return g.build();
}

t.test('sizes that the graph computes are known, however many depend on each other', async (t) => {
	const { graph } = resolveShapes(computed(), { x: [3, 2, 16, 16] });
	t.same(graph.outputs[0].shape, [3, 2, 4, 4]);
	t.same(
		graph.nodes.map((node) => node.op),
		['MaxPool', 'Reshape', 'Reshape', 'MaxPool', 'Reshape', 'Reshape', 'Identity'],
	);
});

t.test('a name stands for one size', async (t) => {
	t.throws(() => resolveShapes(computed(), { x: [1, 2, 16, 8] }), {
		code: 'GRAPH_INVALID',
		message: /"side".*16 and 8/,
	});
});

t.test('what a file says of sizes counts only at the sizes that it was made for', async (t) => {
	const g = new GraphBuilder('stated');
	const x = g.input('x', 'float32', ['batch', 8]);
	const odd = g.op('Whirl', [x], {}, { domain: 'nowhere' });
	g.output(g.op('Reshape', [odd, g.constant(int64([2], [-1, 2]))]), 'y');
	const graph = g.build();
	const stated = { ...graph, values: new Map([[odd, { name: odd, type: 'float32', shape: ['batch', 8] } as const]]) };
	t.same(resolveShapes(stated, { x: [3, 8] }).graph.outputs[0].shape, [12, 2]);
	t.same(resolveShapes(stated, { x: [3, 6] }).graph.outputs[0].shape, undefined);
});
