import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32 } from '../../../src/graph/graph.ts';
import { activationBeforeMoves } from '../../../src/graph/passes/activation-before-moves.ts';
import { Tensor } from '../../../src/inference/model.ts';
import { largestDifference, runGraph } from '../../support/compare-graphs.ts';

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
		const result = activationBeforeMoves(graph);
		t.ok(result.modified);
		t.same(
			result.graph.nodes.slice(0, 2).map((node) => node.op),
			[op, 'DepthToSpace'],
		);
		const values = Float32Array.from({ length: 240 }, () => random.normal());
		const x = new Tensor('float32', values, [2, 8, 3, 5]);
		t.same((await runGraph(result.graph, { x })).y.data, (await runGraph(graph, { x })).y.data);
	});

t.test('it goes to each convolution behind which a concatenation stands, past whatever only moves', async (t) => {
	const build = (first: 'Conv' | 'Neg') => {
		const g = new GraphBuilder('joined');
		const x = g.input('x', 'float32', [1, 2, 3, 5]);
		const weight = g.constant(
			float32(
				[4, 2, 1, 1],
				Array.from({ length: 8 }, () => random.normal()),
			),
		);
		const parts = [
			first === 'Conv' ? g.op('Conv', [x, weight]) : g.neg(g.op('Conv', [x, weight])),
			g.op('Conv', [x, weight]),
		];
		g.output(g.relu(g.op('DepthToSpace', [g.concat(parts, 1)], { blocksize: 2 })), 'y');
		return g.build();
	};
	const joined = build('Conv');
	const { graph, modified } = activationBeforeMoves(joined);
	t.ok(modified);
	t.same(
		graph.nodes.map(({ op }) => op),
		['Conv', 'Conv', 'Relu', 'Relu', 'Concat', 'DepthToSpace', 'Identity'],
	);
	t.equal(await largestDifference(joined, graph, random), 0);
	const half = activationBeforeMoves(build('Neg')).graph;
	t.same(half.nodes.map(({ op }) => op).slice(-4), ['Concat', 'Relu', 'DepthToSpace', 'Identity']);
});

t.test('what is not an activation, or is read by others as well, stays', async (t) => {
	t.equal(activationBeforeMoves(enlarged('Sigmoid')).modified, false);
	t.equal(activationBeforeMoves(enlarged('Relu', true)).modified, false);
});
