import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { tensorAttribute } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32, int64 } from '../../../src/graph/graph.ts';
import { foldConstants } from '../../../src/graph/passes/fold-constants.ts';
import { largestDifference } from '../../support/compare-graphs.ts';

t.test('arithmetic on known shapes becomes a constant', async (t) => {
	const g = new GraphBuilder('flatten as PyTorch exports it');
	const x = g.input('x', 'float32', [2, 3, 4]);
	const size = g.op('Gather', [g.op('Shape', [x]), g.op('Constant', [], { value: tensorAttribute(int64([], [1])) })]);
	const doubled = g.op('Div', [g.mul(size, g.constant(int64([], [8]))), g.constant(int64([], [2]))]);
	const shape = g.concat([g.constant(int64([1], [-1])), g.op('Unsqueeze', [doubled, g.constant(int64([1], [0]))])], 0);
	g.output(g.op('Reshape', [x, shape]), 'y');
	// Without what the builder supposed of Gather, for which it has no rule.
	const graph = { ...g.build(), values: new Map() };
	const { graph: folded, modified } = foldConstants(graph);
	t.ok(modified);
	t.strictSame(
		folded.nodes.map(({ op }) => op),
		['Reshape', 'Identity'],
	);
	t.strictSame(folded.initializers, new Map([[shape, int64([2], [-1, 12])]]));
	t.equal(await largestDifference(graph, folded, new Random(1)), 0);
});

t.test('nothing changes where nothing is constant', async (t) => {
	const g = new GraphBuilder('free');
	const x = g.input('x', 'float32', ['n', 3]);
	g.output(g.op('Reshape', [g.mul(x, g.constant(float32([], [2]))), g.op('Shape', [x])]), 'y');
	const graph = g.build();
	t.strictSame(foldConstants(graph), { graph, modified: false });
});
