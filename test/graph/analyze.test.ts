import { readFile } from 'node:fs/promises';
import t from 'tap';
import { analyze } from '../../src/graph/analyze.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { decodeModel } from '../../src/graph/codec/codec.ts';
import { float32, type Graph, sizeOf } from '../../src/graph/graph.ts';
import { groupLayers } from '../../src/graph/group-layers.ts';
import { NETWORKS, type NetworkName } from '../../src/networks/index.ts';
import { runPython, withoutPython } from '../support/python.ts';

const bare = (name: NetworkName, options: object = {}) =>
	NETWORKS[name].create({ initializer: 'zeros', score: 'none', mask: 'none', channels: 3, ...options });

const zeros = (...dims: number[]) => float32(dims, new Float32Array(sizeOf(dims)));

function convStack(n: number, layers: readonly { filters: number; kernel: number; stride?: number }[]) {
	const g = new GraphBuilder('stack');
	let x = g.input('x', 'float32', ['N', 3, n, n]);
	let depth = 3;
	layers.forEach(({ filters, kernel, stride = 1 }, i) => {
		const weight = g.constant(zeros(filters, depth, kernel, kernel), `w${i}`);
		x = g.op('Conv', [x, weight, g.constant(zeros(filters), `b${i}`)], { strides: [stride, stride] });
		depth = filters;
	});
	g.output(x, 'y');
	return g.build();
}

const layersOf = (graph: Graph) => {
	const { graph: resolved, layers } = analyze(graph);
	return groupLayers(resolved, layers);
};

t.test('two 3×3 convolutions of 16 and 32 filters have 448 + 4,640 parameters and see 5×5', async (t) => {
	const { layers, ...totals } = analyze(bare('two-conv', { width: 12, height: 12 }));
	const convolutions = layers.filter(({ op }) => op === 'Conv');
	t.same(
		convolutions.map((layer) => layer.parameters),
		[448, 4640],
	);
	t.match(totals, { parameters: 5088, statistics: 0, constants: 0, receptiveField: [5, 5], unknown: [] });
	t.same(convolutions[1].output, [1, 32, 8, 8]);
	t.equal(convolutions[0].macs, 10 * 10 * 16 * 27);
});

t.test('two locally connected layers have 448·(n−2)² + 4,640·(n−4)² parameters and see 5×5', async (t) => {
	for (const n of [9, 16, 31]) {
		const graph = bare('two-locally-connected', { width: n, height: n });
		const { parameters, constants, receptiveField, macs } = analyze(graph);
		t.equal(parameters, 448 * (n - 2) ** 2 + 4640 * (n - 4) ** 2);
		t.same([constants, receptiveField], [0, [5, 5]]);
		t.equal(macs, analyze(bare('two-conv', { width: n, height: n })).macs, 'the same products as two convolutions');
		t.same(
			layersOf(graph).map(({ name, output, parameters }) => [name, output, parameters]),
			[
				['local1', [1, 16, n - 2, n - 2], 448 * (n - 2) ** 2],
				['local2', [1, 32, n - 4, n - 4], 4640 * (n - 4) ** 2],
			],
		);
	}
});

t.test('an Inception-ResNet-A block has 52,960 parameters and sees 5×5', async (t) => {
	t.match(analyze(bare('inception-resnet-a')), { parameters: 52_960, receptiveField: [5, 5] });
	t.same(
		layersOf(bare('inception-resnet-a')).map(({ name, parameters, receptiveField }) => [
			name.replace('block1/', ''),
			parameters,
			receptiveField?.[0],
		]),
		[
			['branch1_1x1', 128, 1],
			['branch2_1x1', 128, 1],
			['branch2_3x3', 9248, 3],
			['branch3_1x1', 128, 1],
			['branch3_3x3_1', 9248, 3],
			['branch3_3x3_2', 9248, 5],
			['concat_24', 0, 5],
			['linear', 24_832, 5],
		],
	);
});

t.test('pooling has no parameters, whether it takes the maximum or the mean; a stride needs no pooling', async (t) => {
	for (const [pooling, op] of [
		['max', 'MaxPool'],
		['average', 'AveragePool'],
	]) {
		const { layers } = analyze(bare('simple-cnn', { pooling, depth: 2, width: 32, height: 32 }));
		const pools = layers.filter((layer) => layer.op === op);
		t.same(
			pools.map(({ parameters, output, window }) => [parameters, output?.[2], window]),
			[32, 16].map((n) => [
				0,
				n / 2,
				{ input: [n, n], kernel: [2, 2], strides: [2, 2], padding: [0, 0], transposed: false },
			]),
		);
	}
	const strided = analyze(bare('simple-cnn', { pooling: 'stride', depth: 2, width: 32, height: 32 }));
	t.notOk(strided.layers.some(({ op }) => op.endsWith('Pool')));
	t.same(
		strided.layers.filter(({ op }) => op === 'Conv').map(({ window }) => window?.strides),
		[
			[2, 2],
			[2, 2],
		],
	);
});

t.test('the output size of every window is (N − F + 2P)/S + 1', async (t) => {
	for (const name of ['resnet50', 'mobilenet-v2', 'unet'] as const)
		for (const { window, output } of analyze(bare(name, { width: 97, height: 97 })).layers) {
			if (!window || output?.length !== 4) continue;
			const [n, f, s, p] = [window.input[0], window.kernel[0], window.strides[0], window.padding[0]];
			t.equal(output[2], Math.floor((n - f + p) / s) + 1);
		}
});

t.test('stride multiplies how fast the receptive field grows', async (t) => {
	const result = analyze(
		convStack(65, [
			{ filters: 4, kernel: 3, stride: 2 },
			{ filters: 4, kernel: 3, stride: 2 },
			{ filters: 4, kernel: 3 },
		]),
	);
	t.same(
		result.layers.slice(0, 3).map((layer) => layer.receptiveField?.[0]),
		[3, 7, 15],
	);
	t.same(result.layers[2].stride, [4, 4]);
});

t.test('ResNet50 and MobileNetV2 see what Araujo, Norris and Sim (2019) state: 483 and 491 pixels', async (t) => {
	const size = { width: 224, height: 224 };
	t.same(analyze(bare('resnet50', size)).receptiveField, [483, 483]);
	t.same(analyze(bare('mobilenet-v2', { ...size, style: 'torch' })).receptiveField, [491, 491]);
	// 4.1 and 0.30 billion, as both papers and torchvision state them (torchvision's resnet50 strides later).
	const billions = (name: NetworkName, options: object) => analyze(bare(name, { ...size, ...options })).macs / 1e9;
	t.ok(Math.abs(billions('resnet50', { style: 'torch' }) - 4.09) < 0.01);
	t.ok(Math.abs(billions('mobilenet-v2', {}) - 0.2995) < 0.001);
});

t.test('a U-Net ends at the stride it began with, and its score has seen everything', async (t) => {
	const graph = NETWORKS.unet.create({ width: 64, height: 64, base: 4, depth: 3 });
	const { layers, graph: resolved } = analyze(graph);
	const end = (name: string) => layers.find(({ node }) => node.outputs[0] === name);
	t.same(end('mask_logits')?.stride, [1, 1]);
	t.same(end('score_logits')?.receptiveField, [64, 64]);
	const groups = groupLayers(resolved, layers);
	t.same(groups[0].nodes, ['Conv', 'BatchNormalization', 'Relu']);
	for (const key of ['parameters', 'statistics', 'macs'] as const)
		t.equal(
			groups.reduce((sum, group) => sum + (group[key] ?? 0), 0),
			layers.reduce((sum, layer) => sum + (layer[key] ?? 0), 0),
			`groups add up to all ${key}`,
		);
});

t.test('an operator without a rule is named, and nothing is counted that is not known', async (t) => {
	const g = new GraphBuilder('strange');
	const x = g.input('x', 'float32', ['N', 3, 8, 8]);
	const odd = g.op('Whirl', [x, g.constant(zeros(3, 5), 'table')], {}, { domain: 'nowhere' });
	g.output(g.op('Conv', [odd, g.constant(zeros(4, 3, 3, 3), 'weight')]), 'y');
	const { unknown, receptiveField, parameters, constants, macs } = analyze(g.build());
	t.match(unknown, [
		{ op: 'Whirl', what: ['no rule for this operator', 'output size'] },
		{ op: 'Conv', what: ['output size', 'multiply-accumulates'] },
		{ op: 'Identity', what: ['output size'] },
	]);
	t.same([receptiveField, parameters, constants, macs], [undefined, 108, 15, 0]);
});

t.test(
	'what the file says about sizes helps behind operators without a rule, and graphs inside nodes are named',
	async (t) => {
		const g = new GraphBuilder('strange');
		const x = g.input('x', 'float32', ['N', 3, 8, 8]);
		const inner = new GraphBuilder('branch');
		inner.output(inner.constant(zeros(7), 'inner'));
		const odd = g.op('Whirl', [x], { then_branch: { kind: 'graph', value: inner.build() } }, { domain: 'nowhere' });
		g.output(g.op('Conv', [odd, g.constant(zeros(4, 3, 3, 3), 'weight')], {}, { names: ['y'] }));
		const graph = g.build();
		const stated = { name: odd, type: 'float32', shape: ['N', 3, 8, 8] } as const;
		const result = analyze({ ...graph, values: new Map([...graph.values, [odd, stated]]) });
		t.match(result.unknown, [{ op: 'Whirl', what: ['the graph inside it'] }]);
		t.equal(result.unknown.length, 1);
		t.same([result.macs, result.constants], [6 * 6 * 4 * 27, 7]);
	},
);

t.test('a size that is left open is asked for; once it is there, everything follows', async (t) => {
	const g = new GraphBuilder('open');
	const x = g.input('x', 'float32', ['batch', 3, 'height', 'width']);
	g.output(g.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }), 'y');
	t.throws(() => analyze(g.build()), { code: 'CONFIG_INVALID', message: /x \[1, 3, height, width\].*--size/ });
	t.same(analyze(g.build(), { x: [1, 3, 10, 12] }).layers[0].output, [1, 3, 5, 6]);
});

t.test('weights that are quantized, transposed or shared count once, as what they are', async (t) => {
	const g = new GraphBuilder('forms');
	const x = g.input('x', 'float32', ['N', 6]);
	const int8 = g.constant({ type: 'int8', dims: [4, 6], data: new Int8Array(24) }, 'w');
	const weight = g.op('DequantizeLinear', [int8, g.constant(zeros(4), 'scale')], { axis: 0 });
	const turned = g.op('Transpose', [weight], { perm: [1, 0] });
	const first = g.matMul(x, turned);
	g.output(g.add(g.add(first, g.matMul(x, turned)), g.constant(zeros(4), 'bias')), 'y');
	const { parameters, constants } = analyze(g.build());
	t.same([parameters, constants], [28, 0]);
});

t.test(
	'exports of torchvision and of a torch U-Net have the parameters that torch counts, at sizes not exported',
	{ skip: withoutPython('torch', 'onnx') },
	async (t) => {
		const dir = t.testdir();
		const counts = JSON.parse(runPython('export-torch.py', [dir]).trim().split('\n').at(-1)!);
		for (const [name, count] of Object.entries(counts)) {
			const graph = decodeModel(await readFile(`${dir}/${name}.onnx`));
			const result = analyze(graph, { x: [1, 3, 224, 224] });
			t.same([result.parameters, result.constants, result.unknown], [count, 0, []], name);
			// 1.814 and 0.3008 billion multiply-accumulates, as torchvision documents them.
			const expected = { resnet18: 1.814e9, mobilenet_v2: 0.3008e9 }[name];
			if (expected) t.ok(Math.abs(result.macs - expected) < 0.001 * expected, `${name}: ${result.macs}`);
			else t.same(result.layers.at(-1)?.output, [1, 1, 224, 224]);
		}
	},
);
