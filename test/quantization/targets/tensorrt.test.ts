import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { toAttributes } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { type Tensor as Constant, float32, type Graph, type Node } from '../../../src/graph/graph.ts';
import { castBytesFirst } from '../../../src/graph/passes/cast-bytes-first.ts';
import { Tensor } from '../../../src/inference/model.ts';
import { checkTensorrt, type RuleName } from '../../../src/quantization/targets/check-tensorrt.ts';
import { writeTensorrt } from '../../../src/quantization/targets/tensorrt.ts';
import { symmetricWeight, writeTensorrtGraph } from '../../../src/quantization/targets/write-tensorrt-graph.ts';
import { largestDifference } from '../../support/compare-graphs.ts';
import { smallImages, smallInspector } from '../../support/small-inspector.ts';

const random = new Random(17);
const minMax = { methods: [{ method: 'min-max' }] } as const;
const { graph: residual, report } = await writeTensorrt(residualNetwork(), smallImages(4), minMax);

t.test('what we write keeps every rule, and stays close to the float model', async (t) => {
	const unet = smallInspector();
	const written = await writeTensorrt(unet, smallImages(4), minMax);
	t.strictSame(written.report.violations, []);
	t.ok((await largestDifference(unet, written.graph, random)) < 0.15);
	t.ok(written.report.convolutions >= 8);
	t.match(written.report.inFloat, [{ op: 'Conv', reason: /reads the image/ }], 'all but the first');
	t.strictSame(report.violations, []);
	t.ok((await largestDifference(residualNetwork(), residual, random)) < 0.05);
});

t.test('codes are symmetric int8: weights by output channel, one scale a value, no quantized bias', async (t) => {
	const dequantized = residual.nodes.filter(({ op }) => op === 'DequantizeLinear');
	t.ok(dequantized.length > 5);
	for (const { inputs } of dequantized) {
		const zeros = residual.initializers.get(inputs[2])!;
		t.ok(zeros.type === 'int8' && zeros.data.every((zero) => Number(zero) === 0));
	}
	const convolutions = residual.nodes.filter(({ op }) => op === 'Conv' || op === 'ConvTranspose');
	for (const { inputs } of convolutions) t.equal(residual.initializers.get(inputs[2])?.type, 'float32');
});

t.test('of a residual addition the skip is quantized and the convolution is not', async (t) => {
	const add = residual.nodes.find(({ op }) => op === 'Add')!;
	const makers = add.inputs.map((name) => residual.nodes.find(({ outputs }) => outputs[0] === name)!.op);
	t.strictSame(makers.toSorted(), ['Conv', 'DequantizeLinear']);
});

t.test('weights are quantized along either axis as one would by hand', async (t) => {
	const weight = float32([2, 3], [1, -0.5, 0, 127, 2, -254]);
	t.strictSame(symmetricWeight(weight, 0), {
		codes: Int8Array.of(127, -64, 0, 64, 1, -127),
		scales: Float32Array.of(1 / 127, 2),
	});
	t.strictSame(symmetricWeight(weight, 1).codes, Int8Array.of(1, -32, 0, 127, 127, -127));
});

t.test('a transposed convolution that has no rewrite is quantized along axis 1', async (t) => {
	const { graph, report } = await writeTensorrt(residualNetwork('ConvTranspose'), smallImages(2), minMax);
	t.strictSame(report.violations, []);
	const transposed = graph.nodes.find(({ op }) => op === 'ConvTranspose')!;
	const weight = graph.nodes.find(({ outputs }) => outputs[0] === transposed.inputs[1])!;
	t.match(weight, { op: 'DequantizeLinear', attributes: { axis: { value: 1 } } });
});

t.test('repairs are tried and listed as for the CPU, and a bias that is corrected stays float', async (t) => {
	const seen: Graph[] = [];
	// The float model, the ranges, then repairs: only bias correction helps.
	const scores = [10, 1, 1, 2];
	const score = async (candidate: Graph) => scores[seen.push(candidate) - 1] ?? 0;
	const repairs = { 'round-weights': 'off', 'match-means': 'on', 'keep-in-float': 'off' } as const;
	const { graph, report } = await writeTensorrt(smallInspector(), smallImages(4), { ...minMax, score, repairs });
	t.equal(graph, seen[3]);
	t.match(report, { judgedBy: 'held-out score', floatScore: 10, score: 2, keptInFloat: [], violations: [] });
	t.match(report.repairs, [
		{ repair: 'equalize', outcome: 'dropped', gain: 0 },
		{ repair: 'correct-bias', outcome: 'kept', gain: 1, score: 2 },
		{ repair: 'round-weights', outcome: 'off' },
		{ repair: 'match-means', outcome: 'dropped', gain: -2 },
		{ repair: 'keep-in-float', outcome: 'off' },
	]);
	t.strictSame(checkTensorrt(graph), []);
	t.ok([...graph.initializers].some(([name, { type }]) => name.endsWith('/corrected') && type === 'float32'));
});

t.test('bias correction takes E[x]·(ŵ − w) from the bias, and makes one where there was none', async (t) => {
	const g = new GraphBuilder('one');
	const [x, w] = [g.input('x', 'float32', [1, 2, 2, 2]), g.constant(float32([2, 2, 1, 1], [1, 0.4, -0.3, 1]), 'w')];
	g.op('Conv', [x, w], {}, { names: ['y'] });
	g.output('y');
	const float = g.build();
	const channelMeans = new Map([['x', Float64Array.of(3, 5)]]);
	const plan = { inputs: new Map([[float.nodes[0], [0]]]), values: new Set(['x']), inFloat: [] };
	const { graph: written } = writeTensorrtGraph(float, plan, new Map([['x', { min: -8, max: 8 }]]), {
		channelMeans,
		biasShifts: new Map([['y', Float64Array.of(0.5, 0)]]),
	});
	// Codes are 127, 51 (of 50.8) and −38 (of −38.1), 127 at a scale of 1/127.
	const bias = written.initializers.get(written.nodes.find(({ op }) => op === 'Conv')!.inputs[2])!;
	const expected = [0.5 - 5 * (51 / 127 - 0.4), -3 * (-38 / 127 + 0.3)];
	for (const [c, value] of expected.entries()) t.ok(Math.abs(Number(bias.data[c]) - value) < 1e-6, `channel ${c}`);
	t.equal(bias.type, 'float32');
});

t.test(
	'what reads an image stays in float, colours that space-to-depth stacked too; what reads features does not',
	async (t) => {
		const colour = await writeTensorrt(smallInspector({ channels: 3 }), smallImages(2, 3), minMax);
		t.match(colour.report.inFloat, [{ op: 'Conv', reason: /reads the image/ }]);
		const g = new GraphBuilder('features');
		const weight = float32([4, 16, 1, 1], new Float32Array(64).fill(0.1));
		g.output(g.op('Conv', [g.input('x', 'float32', [1, 16, 8, 8]), g.constant(weight)]), 'y');
		const x = new Tensor('float32', new Float32Array(1024).fill(0.5), [1, 16, 8, 8]);
		const features = await writeTensorrt(g.build(), [{ x }], minMax);
		t.match(features.report, { convolutions: 1, inFloat: [], violations: [] });
	},
);

t.test('each rule finds the graph that breaks it, and names the node and what to do', async (t) => {
	const q = find('QuantizeLinear');
	const dq = residual.nodes.find(({ op, inputs }) => op === 'DequantizeLinear' && inputs[0] === q.outputs[0])!;
	const weight = residual.nodes.find(({ op, inputs }) => op === 'DequantizeLinear' && inputs[0].startsWith('w'))!;
	const conv = residual.nodes.find(({ op, inputs }) => op === 'Conv' && inputs[1] === weight.outputs[0])!;
	const add = find('Add');
	const skip = add.inputs.findIndex((name) =>
		residual.nodes.some(({ op, outputs }) => op === 'DequantizeLinear' && outputs[0] === name),
	);
	const pairOfSkip = residual.nodes.find(({ outputs }) => outputs[0] === add.inputs[skip])!;
	const floatSkip = residual.nodes.find(({ outputs }) => outputs[0] === pairOfSkip.inputs[0])!.inputs[0];
	const constant = (tensor: Constant): Graph => ({
		...residual,
		initializers: new Map([...residual.initializers, ['new', tensor]]),
	});
	const int8 = (...values: number[]): Constant => ({
		type: 'int8',
		dims: values.length > 1 ? [values.length] : [],
		data: Int8Array.from(values),
	});
	const broken: Record<RuleName, readonly [Graph, string]> = {
		'no-integer-operators': [change(residual, conv, { op: 'QLinearConv' }), conv.name],
		'standard-operators': [change(residual, conv, { domain: 'com.microsoft' }), conv.name],
		'int8-codes': [change(constant({ type: 'uint8', dims: [], data: Uint8Array.of(0) }), q, input(2, 'new')), q.name],
		'zero-points-zero': [change(constant(int8(3)), q, input(2, 'new')), q.name],
		scales: [change(constant(float32([], [0])), q, input(1, 'new')), q.name],
		'scale-axis': [change(residual, weight, { attributes: toAttributes({ axis: 1 }) }), weight.name],
		'float-bias': [change(constant({ type: 'int32', dims: [], data: Int32Array.of(0) }), dq, input(2, 'new')), dq.name],
		'q-dq-pairs': [change(residual, find('Relu'), input(0, q.outputs[0])), q.name],
		'both-inputs': [change(constant(float32([8, 8, 3, 3], new Float32Array(576))), conv, input(1, 'new')), conv.name],
		'float-outputs': [...tooEarly()],
		'residual-inputs': [change(residual, add, input(skip, floatSkip)), add.name],
		'bytes-cast-first': [change(residual, find('Cast'), { op: 'Identity' }), find('Cast').name],
	};
	for (const [rule, [graph, node]] of Object.entries(broken)) {
		const found = checkTensorrt(graph).find((violation) => violation.rule === rule && violation.node === node);
		t.ok(found?.fix.endsWith('.') && found.found !== '', `${rule} at ${node}`);
	}
});

t.test('bytes become numbers before they are moved, and the result is the same', async (t) => {
	const { graph: before } = { graph: residualNetwork() };
	const { graph, modified } = castBytesFirst(before);
	t.ok(modified);
	t.match(graph.nodes[0], { op: 'Cast', inputs: ['image'] });
	t.equal(await largestDifference(before, graph, random), 0);
	t.strictSame(castBytesFirst(graph), { graph, modified: false });
});

/** Q and DQ moved from behind a ReLU to before it. */
function tooEarly(): [Graph, string] {
	const q = residual.nodes.find(
		({ op, inputs }) =>
			op === 'QuantizeLinear' &&
			makerOf(inputs[0])?.op === 'Relu' &&
			makerOf(makerOf(inputs[0])!.inputs[0])?.op === 'Conv',
	)!;
	const relu = makerOf(q.inputs[0])!;
	const dq = residual.nodes.find(({ op, inputs }) => op === 'DequantizeLinear' && inputs[0] === q.outputs[0])!;
	const rewired = change(change(change(residual, q, input(0, relu.inputs[0])), relu, input(0, dq.outputs[0])), dq, {});
	const nodes = rewired.nodes.map((node) =>
		node.op === 'Conv'
			? { ...node, inputs: node.inputs.map((name) => (name === dq.outputs[0] ? relu.outputs[0] : name)) }
			: node,
	);
	return [{ ...rewired, nodes }, q.name];
}

function makerOf(name: string): Node | undefined {
	return residual.nodes.find(({ outputs }) => outputs[0] === name);
}

function find(op: string): Node {
	return residual.nodes.find((node) => node.op === op)!;
}

function input(index: number, name: string) {
	return (node: Node): Partial<Node> => ({ inputs: node.inputs.map((old, i) => (i === index ? name : old)) });
}

function change(graph: Graph, which: Node, to: Partial<Node> | ((node: Node) => Partial<Node>)): Graph {
	const nodes = graph.nodes.map((node) =>
		node.name === which.name ? { ...node, ...(typeof to === 'function' ? to(node) : to) } : node,
	);
	return { ...graph, nodes };
}

/** image → stem → a residual block → head, and maybe an enlargement that is no whole number of blocks. */
function residualNetwork(enlarge?: 'ConvTranspose'): Graph {
	const draw = new Random(4);
	const g = new GraphBuilder('residual');
	const image = g.input('image', 'uint8', [1, 32, 32, 1]);
	const x = g.mul(g.op('Cast', [g.reshape(image, [1, 1, 32, 32])], { to: 1 }), g.scalar(1 / 255));
	const noise = (name: string, dims: number[], deviation: number) => {
		const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => draw.normal() * deviation);
		return g.constant(float32(dims, data), name);
	};
	const conv = (value: string, name: string, to: number, from: number) =>
		g.op('Conv', [value, noise(`w${name}`, [to, from, 3, 3], 0.4 / Math.sqrt(from)), noise(`b${name}`, [to], 0.1)], {
			kernel_shape: [3, 3],
			pads: [1, 1, 1, 1],
		});
	const stem = g.relu(conv(x, '0', 8, 1));
	const block = g.relu(g.add(conv(g.relu(conv(stem, '1', 8, 8)), '2', 8, 8), stem));
	const large = enlarge
		? g.op(enlarge, [block, noise('wt', [8, 8, 3, 3], 0.1), noise('bt', [8], 0.1)], {
				kernel_shape: [3, 3],
				pads: [1, 1, 1, 1],
			})
		: block;
	g.output(g.sigmoid(conv(large, '3', 1, 8)), 'mask');
	return g.build();
}
