import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../src/graph/graph.ts';
import { openInspector } from '../../src/inference/inspector-model.ts';
import { TINY_INPUT, tinyFrame, tinyGraph } from '../support/tiny-bundle.ts';

const open = (graph: Graph, input = TINY_INPUT as { width: number; height: number; channels: number }) =>
	openInspector({ bytes: encodeModel(graph), input });

t.test('a frame becomes a score and a mask in the order of its pixels', async (t) => {
	const inspector = await open(tinyGraph());
	const frame = tinyFrame(51);
	frame[17] = 255;
	const { score, mask } = await inspector.inspect(frame);
	t.equal(score, 1);
	t.equal(mask?.length, 96);
	t.equal(mask?.[17], 1);
	t.ok(Math.abs((mask?.[16] ?? 0) - 0.2) < 1e-6);
	t.equal(inspector.provider, 'cpu');
	await inspector.close();
});

t.test('the next frame does not write into the mask of the last', async (t) => {
	const inspector = await open(tinyGraph());
	const first = await inspector.inspect(tinyFrame(255));
	const second = await inspector.inspect(tinyFrame(0));
	t.ok(first.mask?.every((p) => p === 1));
	t.ok(second.mask?.every((p) => p === 0));
	await inspector.close();
});

t.test('the mask of the last frame is gone with the next one where that was asked for', async (t) => {
	const inspector = await openInspector({ bytes: encodeModel(tinyGraph()), input: TINY_INPUT }, { transient: true });
	const first = await inspector.inspect(tinyFrame(255));
	t.ok(first.mask?.length === 96 && first.mask.every((p) => p === 1));
	const second = await inspector.inspect(tinyFrame(51));
	t.equal(first.mask?.length, 0);
	t.equal(first.score, 1, 'a score is a number of its own');
	t.ok(second.mask?.length === 96 && second.mask.every((p) => Math.abs(p - 0.2) < 1e-6));
	await inspector.close();
});

t.test('a view into a larger buffer is read where it lies', async (t) => {
	const inspector = await open(tinyGraph());
	const buffer = new Uint8Array(200).fill(255);
	const view = buffer.subarray(50, 146).fill(0);
	t.equal((await inspector.inspect(view)).score, 0);
	await inspector.close();
});

t.test('a model without a mask gives a score alone', async (t) => {
	const graph = tinyGraph();
	const inspector = await open({ ...graph, outputs: graph.outputs.slice(0, 1) });
	const { runMs, ...given } = await inspector.inspect(tinyFrame(255));
	t.strictSame(given, { score: 1 });
	t.ok(runMs! > 0);
	await inspector.close();
});

t.test('a frame of another size is refused before it is run', async (t) => {
	const inspector = await open(tinyGraph());
	await t.rejects(inspector.inspect(new Uint8Array(95)), {
		code: 'MODEL_FAILED',
		message: /8×12×1 = 96 bytes.*95 bytes/,
	});
	await inspector.close();
});

t.test('a result that is no probability is an error, never a verdict', async (t) => {
	for (const gain of [1.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
		const inspector = await open(tinyGraph(gain));
		await t.rejects(inspector.inspect(tinyFrame(255)), { code: 'MODEL_FAILED', message: /between 0 and 1/ }, `${gain}`);
		await inspector.close();
	}
	const graph = tinyGraph();
	const half = graph.nodes.map((node) => (node.op === 'ReduceMax' ? { ...node, inputs: ['bad', 'plane'] } : node));
	const spoiled = await open({
		...graph,
		// The score comes from sound numbers, the mask has one NaN.
		nodes: [...half.slice(0, 2), ...divideMask(half[2]), half[3]],
		initializers: new Map([...graph.initializers, ['zero', float32([], [0])]]),
	});
	await t.rejects(spoiled.inspect(tinyFrame(0)), { code: 'MODEL_FAILED', message: /mask values.*NaN/ });
	await spoiled.close();

	function divideMask(mean: Graph['nodes'][number]): Graph['nodes'] {
		const bad = { ...mean, name: 'bad', outputs: ['bad'] };
		return [bad, { ...mean, op: 'Div', name: 'mask', inputs: ['bad', 'zero'], attributes: {} }];
	}
});

t.test('a model with other inputs or outputs is refused when it is opened', async (t) => {
	const graph = tinyGraph();
	const renamed = {
		...graph,
		inputs: [{ ...graph.inputs[0], name: 'x' }],
		nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => (name === 'image' ? 'x' : name)) })),
	};
	await t.rejects(open(renamed), { code: 'MODEL_UNSUPPORTED', message: /input x/ });
	await t.rejects(open({ ...graph, outputs: graph.outputs.slice(1) }), {
		code: 'MODEL_UNSUPPORTED',
		message: /outputs mask/,
	});
	await t.rejects(openInspector({ bytes: new Uint8Array(10), input: TINY_INPUT }), { code: 'MODEL_UNREADABLE' });
});
