import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { activationBeforeDepthToSpace } from '../../../src/graph/passes/activation-before-depth-to-space.ts';
import { Tensor } from '../../../src/inference/model.ts';
import { runGraph } from '../../support/compare-graphs.ts';

const random = new Random(8);

/** DepthToSpace, then `op` on it, whose result is an output; `read` lets something else read what is between. */
function enlarged(op: 'Relu' | 'Clip' | 'Sigmoid', read = false) {
	const g = new GraphBuilder('enlarged');
	const x = g.input('x', 'float32', [2, 8, 3, 5]);
	const larger = g.op('DepthToSpace', [x], { blocksize: 2 });
	const bounds = op === 'Clip' ? [g.scalar(0), g.scalar(0.5)] : [];
	g.output(g.op(op, [larger, ...bounds]), 'y');
	if (read) g.output(g.neg(larger), 'z');
	return g.build();
}

for (const op of ['Relu', 'Clip'] as const)
	t.test(`${op} goes first and gives the same`, async (t) => {
		const graph = enlarged(op);
		const result = activationBeforeDepthToSpace(graph);
		t.ok(result.modified);
		t.same(
			result.graph.nodes.slice(0, 2).map((node) => node.op),
			[op, 'DepthToSpace'],
		);
		const values = Float32Array.from({ length: 240 }, () => random.normal());
		const x = new Tensor('float32', values, [2, 8, 3, 5]);
		t.same((await runGraph(result.graph, { x })).y.data, (await runGraph(graph, { x })).y.data);
	});

t.test('what is not an activation, or is read by others as well, stays', async (t) => {
	t.equal(activationBeforeDepthToSpace(enlarged('Sigmoid')).modified, false);
	t.equal(activationBeforeDepthToSpace(enlarged('Relu', true)).modified, false);
});
