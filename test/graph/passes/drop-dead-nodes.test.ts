import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32, type Graph } from '../../../src/graph/graph.ts';
import { dropDeadNodes } from '../../../src/graph/passes/drop-dead-nodes.ts';

t.test('nodes, constants and values that no output needs are gone', async (t) => {
	const g = new GraphBuilder('dead');
	const x = g.input('x', 'float32', [2]);
	const unused = g.mul(g.add(x, g.constant(float32([1], [3]), 'three')), x);
	g.output(g.relu(x), 'y');
	const { graph, modified } = dropDeadNodes(g.build());
	t.ok(modified);
	t.strictSame(
		graph.nodes.map(({ op }) => op),
		['Relu', 'Identity'],
	);
	t.equal(graph.initializers.size, 0);
	t.notOk(graph.values.has(unused));
	t.strictSame(dropDeadNodes(graph), { graph, modified: false });
});

t.test('what a branch reads from outside stays', async (t) => {
	const empty = { inputs: [], initializers: new Map(), values: new Map(), opsets: { '': 21 }, metadata: {} };
	const branch: Graph = {
		...empty,
		name: 'branch',
		outputs: [{ name: 'inner', type: 'float32', shape: [1] }],
		nodes: [{ name: '', op: 'Neg', domain: '', inputs: ['outer'], outputs: ['inner'], attributes: {} }],
	};
	const graph: Graph = {
		...empty,
		name: 'branching',
		inputs: [{ name: 'which', type: 'bool', shape: [] }],
		outputs: [{ name: 'y', type: 'float32', shape: [1] }],
		initializers: new Map([['outer', float32([1], [1])]]),
		nodes: [
			{
				name: '',
				op: 'If',
				domain: '',
				inputs: ['which'],
				outputs: ['y'],
				attributes: { then_branch: { kind: 'graph', value: branch }, else_branch: { kind: 'graph', value: branch } },
			},
		],
	};
	t.strictSame(dropDeadNodes(graph), { graph, modified: false });
});
