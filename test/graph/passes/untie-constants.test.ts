import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32 } from '../../../src/graph/graph.ts';
import { untieConstants } from '../../../src/graph/passes/untie-constants.ts';
import { parameterLayout } from '../../../src/training/parameters.ts';

t.test('equal constants that a file holds once belong to each layer, a layer used twice stays one', async (t) => {
	const g = new GraphBuilder('shared');
	const x = g.input('x', 'float32', ['N', 2, 3, 3]);
	const weight = (name: string) => g.constant(float32([2, 2, 1, 1], [1, 2, 3, 4]), name);
	const [a, b] = [weight('a'), weight('b')];
	const zeros = g.constant(float32([2], [0, 0]), 'zeros');
	const ones = g.constant(float32([2], [1, 1]), 'ones');
	const first = g.op('Conv', [x, a, zeros]);
	const again = g.op('Conv', [first, a, zeros]);
	const second = g.op('Conv', [again, b, zeros]);
	const norm = g.op('BatchNormalization', [second, ones, zeros, zeros, ones]);
	g.output(g.op('BatchNormalization', [norm, ones, zeros, zeros, ones]), 'y');
	const { graph, modified } = untieConstants(g.build());
	t.ok(modified);
	const inputs = graph.nodes.map((node) => node.inputs.slice(1));
	t.same(inputs[0], inputs[1], 'one layer used twice');
	t.not(inputs[2][1], inputs[0][1]);
	t.equal(new Set([...inputs[3], ...inputs[4]]).size, 8, 'scales, biases and statistics of both normalisations');
	const layout = parameterLayout(graph);
	t.equal(layout.trainable.length, 2 + 2 + 4);
	t.notOk(untieConstants(graph).modified);
});
