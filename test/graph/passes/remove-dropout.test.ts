import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { removeDropout } from '../../../src/graph/passes/remove-dropout.ts';

function chain(outputs: number) {
	const g = new GraphBuilder('chain');
	const x = g.input('x', 'float32', [1, 4]);
	const [first] = g.ops('Dropout', [g.relu(x), g.scalar(0.3)], {}, { outputs });
	g.output(g.op('Tanh', [g.op('Dropout', [first, g.scalar(0.7)])]), 'y');
	return g.build();
}

t.test('readers of dropped values read their sources, and rates are no constants any more', async (t) => {
	const { graph, modified } = removeDropout(chain(1));
	t.ok(modified);
	t.same(
		graph.nodes.map((node) => node.op),
		['Relu', 'Tanh', 'Identity'],
	);
	t.equal(graph.nodes[1].inputs[0], graph.nodes[0].outputs[0]);
	t.equal(graph.initializers.size, 0);
	t.notOk(removeDropout(graph).modified);
});

t.test('a mask that somebody may read, and an output of the graph, keep their node', async (t) => {
	t.same(
		removeDropout(chain(2)).graph.nodes.map((node) => node.op),
		['Relu', 'Dropout', 'Tanh', 'Identity'],
	);
	const g = new GraphBuilder('end');
	g.output(g.op('Dropout', [g.input('x', 'float32', [1, 4]), g.scalar(0.3)], {}, { names: ['y'] }));
	t.notOk(removeDropout(g.build()).modified);
});
