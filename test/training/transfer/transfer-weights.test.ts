import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { float } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { float32, type Graph, sizeOf, type Tensor } from '../../../src/graph/graph.ts';
import { foldBatchNorm } from '../../../src/graph/passes/fold-batch-norm.ts';
import { Tensor as OrtTensor, openModel } from '../../../src/inference/model.ts';
import { NETWORKS } from '../../../src/networks/index.ts';
import { permuted } from '../../../src/training/transfer/arrange.ts';
import { readWeights } from '../../../src/training/transfer/read-weights.ts';
import { SCHEMES } from '../../../src/training/transfer/schemes/index.ts';
import { describeTransfer } from '../../../src/training/transfer/transfer-report.ts';
import { transferWeights } from '../../../src/training/transfer/transfer-weights.ts';
import { f32, safetensorsOf } from '../../support/write-safetensors.ts';

const size = 32;
const tiny = {
	width: size,
	height: size,
	channels: 3,
	mask: 'none',
	alpha: 0.05,
	style: 'torch',
	initializer: 'zeros',
};

/** A small ResNet whose every number is random, statistics included. */
function source(options: object = {}, seed = 1): Graph {
	const network = NETWORKS.resnet50.create({ ...tiny, score: 'none', blocks: [2, 1, 1, 1], ...options });
	const random = new Random(seed);
	const initializers = new Map<string, Tensor>();
	for (const [name, tensor] of network.initializers) {
		const positive = /(scale|variance)$/.test(name);
		const fan = sizeOf(tensor.dims.slice(1)) || 1;
		const draw = () => (positive ? random.between(0.5, 1.5) : (random.normal() * 1.4) / Math.sqrt(fan));
		initializers.set(
			name,
			name.startsWith('constant')
				? tensor
				: float32(tensor.dims, Float32Array.from({ length: tensor.data.length }, draw)),
		);
	}
	return { ...network, initializers };
}

const PARTS = { scale: 'weight', bias: 'bias', mean: 'running_mean', variance: 'running_var', weight: 'weight' };

/** Our names as torchvision has them. */
function torchName(name: string): string {
	const [layer, part] = name.split('/') as [string, keyof typeof PARTS];
	const end = PARTS[part];
	if (layer === 'conv1_conv') return `conv1.${end}`;
	if (layer === 'conv1_bn') return `bn1.${end}`;
	const [, stage, block, number, kind] = /^conv(\d)_block(\d)_(\d)_(conv|bn)$/.exec(layer)!;
	const inner = number === '0' ? `downsample.${kind === 'conv' ? 0 : 1}` : `${kind}${number}`;
	return `layer${Number(stage) - 1}.${Number(block) - 1}.${inner}.${end}`;
}

const KERAS = { scale: 'gamma', bias: 'beta', mean: 'moving_mean', variance: 'moving_variance', weight: 'kernel' };

function parameters(network: Graph): [string, Tensor][] {
	return [...network.initializers].filter(([name]) => name.includes('/'));
}

/** The same numbers under torch's names. */
function asTorch(network: Graph) {
	return Object.fromEntries(
		parameters(network).map(([name, { dims, data }]) => [torchName(name), f32(dims, data as Float32Array)]),
	);
}

/** The same numbers under Keras's names, axes in Keras's order. */
function asKeras(network: Graph) {
	return Object.fromEntries(
		parameters(network).map(([name, tensor]) => {
			const [layer, part] = name.split('/') as [string, keyof typeof KERAS];
			const depthwise = layer.includes('depthwise');
			const end = part === 'bias' && !/bn|BN/.test(layer) ? 'bias' : KERAS[part];
			const turned = tensor.dims.length < 4 ? tensor : permuted(tensor, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]);
			return [`${layer}/${end}`, f32(turned.dims, turned.data as Float32Array)];
		}),
	);
}

async function write(folder: string, name: string, bytes: Uint8Array): Promise<string> {
	const path = join(folder, name);
	await writeFile(path, bytes);
	return path;
}

async function featuresOf(network: Graph, x: Float32Array): Promise<Float32Array> {
	const model = await openModel(encodeModel(network), { threads: 1 });
	const channels = network.inputs[0].shape![1] as number;
	const result = await model.run({ x: new OrtTensor('float32', x, [1, channels, size, size]) });
	await model.close();
	return Object.values(result)[0].data as Float32Array;
}

const random = new Random(9);
const grey = Float32Array.from({ length: size * size }, () => random.uniform());
const image = Float32Array.from({ length: 3 * size * size }, () => random.uniform());
const threeTimes = Float32Array.from({ length: 3 * size * size }, (_, i) => grey[i % (size * size)]);

function near(a: Float32Array, b: Float32Array, tolerance: number): boolean {
	const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
	return scale > 1e-3 && a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= tolerance * scale);
}

const target = (options: object = {}) =>
	NETWORKS.resnet50.create({ ...tiny, blocks: [2, 1, 1, 1], score: 'none', ...options });

t.test('safetensors with torch’s names give the same features, bit for bit', async (t) => {
	const network = source();
	const path = await write(t.testdir(), 'w.safetensors', safetensorsOf(asTorch(network)));
	const weights = await readWeights(path);
	t.equal(weights.scheme?.name, 'torchvision or timm ResNet');
	const result = transferWeights(target(), weights);
	t.equal(result.report.loaded, result.report.total);
	t.same(result.report.missing, []);
	t.same(await featuresOf(result.network, image), await featuresOf(network, image));
});

t.test('safetensors with Keras’s names and axes give the same features, depthwise and biases included', async (t) => {
	const resnet = source({ style: 'keras' });
	const mobilenet = randomMobilenet();
	const folder = t.testdir();
	for (const [name, network, fresh] of [
		['resnet50', resnet, target({ style: 'keras' })],
		[
			'mobilenet-v2',
			mobilenet,
			NETWORKS['mobilenet-v2'].create({ ...tiny, alpha: 0.2, score: 'none', style: 'keras' }),
		],
	] as const) {
		const weights = await readWeights(await write(folder, `${name}.safetensors`, safetensorsOf(asKeras(network))));
		t.equal(weights.scheme?.name, 'Keras');
		const result = transferWeights(fresh, weights);
		t.same(result.report.missing, [], name);
		t.same(await featuresOf(result.network, image), await featuresOf(network, image));
	}
});

function randomMobilenet(): Graph {
	const network = NETWORKS['mobilenet-v2'].create({
		...tiny,
		alpha: 0.2,
		score: 'none',
		style: 'keras',
		initializer: 'he',
	});
	return network;
}

t.test('the first layer of a grey network is the sum over colours', async (t) => {
	const network = source();
	const path = await write(t.testdir(), 'w.safetensors', safetensorsOf(asTorch(network)));
	const { network: oneChannel } = transferWeights(target({ channels: 1 }), await readWeights(path));
	t.ok(near(await featuresOf(oneChannel, grey), await featuresOf(network, threeTimes), 1e-5));
});

t.test('a grey image scaled as colours are gives what the colour image gives, borders included', async (t) => {
	const path = await write(t.testdir(), 'w.safetensors', safetensorsOf(asTorch(source())));
	const weights = await readWeights(path);
	const [one, three] = [1, 3].map(
		(channels) => transferWeights(target({ channels, input: 'imagenet' }), weights).network,
	);
	t.same(await featuresOf(one, grey), await featuresOf(three, threeTimes));
});

t.test('a head of another shape is left alone, and said so; a head of the same shape is taken', async (t) => {
	const network = source();
	const channels = 2048 * 0.05;
	const filters = Math.round(channels / 4) * 4;
	const dims = (outputs: number) => f32([outputs, filters], new Float32Array(outputs * filters).fill(0.5));
	const folder = t.testdir();
	const open = async (outputs: number) =>
		readWeights(
			await write(
				folder,
				`${outputs}.safetensors`,
				safetensorsOf({
					...asTorch(network),
					'fc.weight': dims(outputs),
					'fc.bias': f32([outputs], new Float32Array(outputs)),
				}),
			),
		);
	const fresh = target({ score: 'sigmoid' });
	const width = fresh.initializers.get('score/logit/weight')!.dims[1];
	t.equal(width, filters);
	const other = transferWeights(fresh, await open(10));
	t.same(other.report.unused.map(({ name }) => name).sort(), ['fc.bias', 'fc.weight']);
	t.match(other.report.unused[0].reason, /its shape is \[10.*\] in the file, \[1.*\] here/);
	t.equal(other.report.loaded, other.report.total, 'heads are not counted');
	t.same(other.network.initializers.get('score/logit/weight'), fresh.initializers.get('score/logit/weight'));
	const same = transferWeights(fresh, await open(1));
	t.equal(same.network.initializers.get('score/logit/weight')!.data[0], 0.5);
});

t.test('another model in ONNX is matched by shape and depth, with its normalisations and their ε', async (t) => {
	const network = renamed(source());
	const other = withEpsilon(network, 0.02);
	const path = await write(t.testdir(), 'w.onnx', encodeModel(other));
	const result = transferWeights(target(), await readWeights(path));
	t.equal(result.report.by, 'shape, depth and order of layers');
	t.equal(result.report.loaded, result.report.total);
	t.equal(result.report.folded, false);
	t.ok(near(await featuresOf(result.network, image), await featuresOf(other, image), 1e-5));
});

t.test('folded normalisations become ones that change nothing', async (t) => {
	const network = renamed(source());
	const path = await write(t.testdir(), 'w.onnx', encodeModel(foldBatchNorm(network).graph));
	const result = transferWeights(target(), await readWeights(path));
	t.equal(result.report.loaded, result.report.total);
	t.ok(result.report.folded);
	t.match(result.report.notes.join(), /folded/);
	t.ok(near(await featuresOf(result.network, image), await featuresOf(network, image), 1e-5));
});

t.test('a stride in another place is told', async (t) => {
	const path = await write(t.testdir(), 'w.onnx', encodeModel(renamed(source({ style: 'torch' }))));
	const { report } = transferWeights(target({ style: 'keras' }), await readWeights(path));
	t.match(report.notes.join('\n'), /conv3_block1_1_conv has stride 2×2 here, 1×1 in the file/);
	const named = await write(t.testdir(), 'w.safetensors', safetensorsOf(asTorch(source())));
	const settings = { style: 'keras', input: 'imagenet' };
	const other = transferWeights(target({ style: 'keras' }), await readWeights(named), settings);
	t.match(other.report.notes.join('\n'), /made for style=torch, the network has style=keras/);
});

t.test('a cut network takes what it has layers for', async (t) => {
	const path = await write(t.testdir(), 'w.safetensors', safetensorsOf(asTorch(source())));
	const { report } = transferWeights(target({ cut: 'conv3_block1_out' }), await readWeights(path));
	t.equal(report.loaded, report.total);
	t.ok(report.unused.length > 0 && report.unused.every(({ name }) => /^layer[34]/.test(name)));
	const lines = describeTransfer(report);
	t.match(lines[0], /weights: \d+ of the backbone's \d+ parameters and statistics from .*w\.safetensors, by names/);
	t.match(lines[1], /not used: layer3\.\S+ and \d+ more: the network has no such layer/);
});

t.test('a model that Andon trained is matched by equal names, whatever its heads', async (t) => {
	const network = NETWORKS.unet.create({ width: size, height: size, base: 4, depth: 3, seed: 4 });
	const path = await write(t.testdir(), 'w.onnx', encodeModel(network));
	const fresh = NETWORKS.unet.create({
		width: 64,
		height: 64,
		base: 4,
		depth: 3,
		seed: 5,
		mask: 'softmax',
		classes: 4,
	});
	const { network: loaded, report } = transferWeights(fresh, await readWeights(path));
	t.equal(report.by, 'equal names');
	t.equal(report.loaded, report.total);
	t.same(loaded.initializers.get('down1/a/conv/weight'), network.initializers.get('down1/a/conv/weight'));
	t.same(loaded.initializers.get('mask/weight'), fresh.initializers.get('mask/weight'), 'another number of classes');
});

t.test('weights of which nothing fits are refused, and so are other formats', async (t) => {
	const folder = t.testdir();
	const strange = await write(folder, 'w.safetensors', safetensorsOf({ 'a.b': f32([2], [1, 2]) }));
	t.throws(() => transferWeights(target(), { path: strange, tensors: new Map() }), { code: 'WEIGHTS_MISMATCH' });
	const weights = await readWeights(strange);
	t.throws(() => transferWeights(target(), weights), { code: 'WEIGHTS_MISMATCH', message: /a\.b.*no naming scheme/ });
	await t.rejects(readWeights(await write(folder, 'w.pth', new Uint8Array(4))), { code: 'WEIGHTS_UNREADABLE' });
	await t.rejects(readWeights(join(folder, 'none.onnx')), { code: 'FILE_UNREADABLE' });
});

t.test('every scheme passes over names that it does not know', async (t) => {
	for (const scheme of SCHEMES)
		for (const name of ['constructor.weight', '__proto__/kernel', 'layerx.0.conv1.weight', 'weight', ''])
			t.notOk(/undefined|function/.test(String(scheme.target(name) ?? '')), `${scheme.name}: ${name}`);
});

t.test('dense layers are matched whichever way they are stored', async (t) => {
	const build = (op: 'Gemm' | 'MatMul') => {
		const g = new GraphBuilder('dense');
		const x = g.input('x', 'float32', ['N', 3]);
		const values = [1, 2, 3, 4, 5, 6];
		if (op === 'Gemm') {
			const w = g.constant(float32([2, 3], op === 'Gemm' ? [0, 0, 0, 0, 0, 0] : values), 'layer/weight');
			g.output(
				g.op('Gemm', [x, w, g.constant(float32([2], [0, 0]), 'layer/bias')], { transB: 1, alpha: float(1) }),
				'y',
			);
		} else
			g.output(
				g.add(g.matMul(x, g.constant(float32([3, 2], values), 'w0')), g.constant(float32([2], [7, 8]), 'b0')),
				'y',
			);
		return g.build();
	};
	const path = await write(t.testdir(), 'w.onnx', encodeModel(build('MatMul')));
	const { network } = transferWeights(build('Gemm'), await readWeights(path));
	t.same([...network.initializers.get('layer/weight')!.data], [1, 3, 5, 2, 4, 6]);
	t.same([...network.initializers.get('layer/bias')!.data], [7, 8]);
});

/** The graph under names that say nothing. */
function renamed(graph: Graph): Graph {
	const names = new Map([...graph.initializers.keys()].map((name, i) => [name, `onnx::${i}`]));
	const of = (name: string) => names.get(name) ?? name;
	return {
		...graph,
		initializers: new Map([...graph.initializers].map(([name, tensor]) => [of(name), tensor])),
		nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(of) })),
		values: new Map(),
	};
}

function withEpsilon(graph: Graph, epsilon: number): Graph {
	const nodes = graph.nodes.map((node) =>
		node.op === 'BatchNormalization' ? { ...node, attributes: { ...node.attributes, epsilon: float(epsilon) } } : node,
	);
	return { ...graph, nodes };
}
