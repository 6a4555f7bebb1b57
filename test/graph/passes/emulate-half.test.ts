import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32 } from '../../../src/graph/graph.ts';
import { fromHalves, toHalves } from '../../../src/graph/half.ts';
import { emulateHalf } from '../../../src/graph/passes/emulate-half.ts';
import { toHalf } from '../../../src/graph/passes/to-half.ts';
import { Tensor } from '../../../src/inference/model.ts';
import { runGraph } from '../../support/compare-graphs.ts';

const half = (values: readonly number[]) => fromHalves(toHalves(values).bits);

t.test('every result is rounded to float16, with and without the rewrites of ONNX Runtime', async (t) => {
	const x = [0.1, 1.7, 3.3, 12.34];
	const [a, b] = [0.3, 7.7];
	const [expectedA, expectedB] = half([a, b]);
	const first = half([...half(x)].map((v) => v * expectedA));
	const second = half([...first].map((v) => v * expectedB));
	const emulated = emulateHalf(toHalf(products(a, b)).graph);
	for (const optimize of [false, true])
		t.strictSame((await run(emulated, x, optimize)).slice(), second.map(Math.fround), `optimized: ${optimize}`);
});

t.test('an overflow is infinite, as it is on a GPU', async (t) => {
	const graph = products(4096, 1 / 4096);
	t.strictSame(
		await run(emulateHalf(toHalf(graph).graph), [10, 20, -20, 1], true),
		Float32Array.of(10, Infinity, -Infinity, 1),
	);
});

t.test('nothing in it is float16 but the roundings themselves', async (t) => {
	const { nodes, initializers } = emulateHalf(toHalf(products(1, 2)).graph);
	t.notOk([...initializers.values()].some(({ type }) => type === 'float16'));
	const toHalves = nodes.filter(({ op, attributes }) => op === 'Cast' && attributes.to.value === 10);
	t.equal(toHalves.length, 3);
	for (const { outputs } of toHalves) {
		const readers = nodes.filter(({ inputs }) => inputs.includes(outputs[0]));
		t.match(readers, [{ op: 'Cast', attributes: { to: { value: 1 } } }]);
	}
});

/** Two 1×1 convolutions by one number each, ReLU-free, and a pooling that keeps them from being the last. */
function products(a: number, b: number) {
	const g = new GraphBuilder('products');
	const conv = (x: string, w: number) => g.op('Conv', [x, g.constant(float32([1, 1, 1, 1], [w]))]);
	const y = conv(conv(g.input('x', 'float32', [4, 1, 1, 1]), a), b);
	g.output(g.op('GlobalAveragePool', [y]), 'y');
	return g.build();
}

async function run(graph: ReturnType<typeof products>, x: readonly number[], optimize: boolean) {
	const { y } = await runGraph(graph, { x: new Tensor('float32', Float32Array.from(x), [4, 1, 1, 1]) }, optimize);
	return y.data as Float32Array;
}
