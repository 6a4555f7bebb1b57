import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { ElementType } from '../../../src/graph/graph.ts';
import { mergeCasts } from '../../../src/graph/passes/merge-casts.ts';

const CODES = { float32: 1, uint8: 2, int64: 7, float16: 10 } as const;

t.test('a conversion there and back leaves nothing behind', async (t) => {
	const { graph, modified } = mergeCasts(casts('float16', ['float32', 'float16']));
	t.ok(modified);
	t.match(graph.nodes, [{ op: 'Relu', inputs: ['x'] }, { op: 'Relu' }]);
	t.equal(graph.nodes.length, 2);
});

t.test('a way round becomes one conversion', async (t) => {
	const { graph } = mergeCasts(casts('uint8', ['float32', 'float16']));
	t.match(graph.nodes, [{ op: 'Cast', inputs: ['x'], attributes: { to: { value: CODES.float16 } } }, { op: 'Relu' }]);
});

t.test('a conversion that loses something stays', async (t) => {
	for (const [from, steps] of [
		['float32', ['float16', 'float32']],
		['float32', ['int64', 'float32']],
		['int64', ['float16', 'float32']],
	] as const) {
		const graph = casts(from, steps);
		t.strictSame(mergeCasts(graph), { graph, modified: false }, `${from} ${steps}`);
	}
});

t.test('an output keeps its name', async (t) => {
	const g = new GraphBuilder('output');
	const wide = g.op('Cast', [g.input('x', 'float16', [2])], { to: CODES.float32 });
	g.output(g.op('Cast', [wide], { to: CODES.float16 }, { names: ['y'] }));
	const { graph } = mergeCasts(g.build());
	t.match(graph.nodes, [{ op: 'Cast', inputs: ['x'], outputs: ['y'] }]);
	t.equal(graph.nodes.length, 1);
});

/** x, converted step by step, then ReLU twice, so that the last value has readers. */
function casts(from: ElementType, steps: readonly (keyof typeof CODES)[]) {
	const g = new GraphBuilder('casts');
	let value = g.input('x', from, [2, 3]);
	for (const type of steps) value = g.op('Cast', [value], { to: CODES[type] });
	g.output(g.relu(g.relu(value)), 'y');
	const graph = g.build();
	return { ...graph, nodes: graph.nodes.filter(({ op }) => op !== 'Identity'), outputs: outputsOf(graph) };
}

function outputsOf(graph: ReturnType<GraphBuilder['build']>) {
	const [output] = graph.outputs;
	return [{ ...output, name: graph.nodes.findLast(({ op }) => op === 'Relu')!.outputs[0] }];
}
