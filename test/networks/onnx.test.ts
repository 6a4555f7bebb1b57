import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { differentiate } from '../../src/graph/differentiate.ts';
import { float32, type Graph, sizeOf } from '../../src/graph/graph.ts';
import { openModel, Tensor } from '../../src/inference/model.ts';
import { NETWORKS } from '../../src/networks/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';

const folder = t.testdir();
const [height, width] = [32, 48];
const random = new Random(1);

function write(name: string, graph: Graph): string {
	const path = join(folder, `${name}.onnx`);
	writeFileSync(path, encodeModel(graph));
	return path;
}

function weight(g: GraphBuilder, name: string, dims: readonly number[]): string {
	return g.constant(
		float32(
			dims,
			Float32Array.from({ length: sizeOf(dims) }, () => random.normal() * 0.3),
		),
		name,
	);
}

function conv(g: GraphBuilder, x: string, name: string, filters: number, stride: number): string {
	const inputs = [
		x,
		weight(g, `${name}.weight`, [filters, g.value(x).shape![1] as number, 3, 3]),
		weight(g, `${name}.bias`, [filters]),
	];
	return g.op(
		'Relu',
		[g.op('Conv', inputs, { strides: [stride, stride], pads: [1, 1, 1, 1] })],
		{},
		{ names: [`${name}_out`] },
	);
}

/** A classifier as torch exports it for one image; names that mean something to us are in the way. */
function classifier(channels = 3, body = (_g: GraphBuilder, x: string) => x): Graph {
	const g = new GraphBuilder('foreign');
	const x = g.input('image', 'float32', [1, channels, height, width]);
	const fine = conv(g, x, 'mask/first', 4, 2);
	const middle = body(g, conv(g, fine, 'layer2', 6, 2));
	const deep = conv(g, conv(g, middle, 'layer3', 8, 2), 'x', 8, 1);
	const flat = g.reshape(g.op('GlobalAveragePool', [deep]), [1, 8]);
	g.output(g.op('Gemm', [flat, weight(g, 'fc.weight', [10, 8]), weight(g, 'fc.bias', [10])], { transB: 1 }), 'logits');
	return g.build();
}

const original = classifier();
const file = write('classifier', original);
const options = { file, width, height, channels: 3 } as const;

async function run(graph: Graph, input: string, x: Float32Array, dims: readonly number[], output: string) {
	const model = await openModel(encodeModel(graph), { threads: 1 });
	const results = await model.run({ [input]: new Tensor('float32', x, [...dims]) });
	await model.close();
	return results[output].data as Float32Array;
}

const image = Float32Array.from({ length: 3 * height * width }, () => random.uniform());

t.test('the backbone ends in front of the pooling and gives what the model gives there, for any batch', async (t) => {
	const network = NETWORKS.onnx.create({ ...options, score: 'none' });
	t.notOk(network.initializers.has('fc.weight'));
	const foreign = { ...original, outputs: [{ name: 'x_out', type: 'float32' as const, shape: undefined }] };
	const two = new Float32Array(2 * image.length);
	two.set(image);
	two.set(image, image.length);
	const ours = await run(network, 'x', two, [2, 3, height, width], 'features');
	const theirs = await run(foreign, 'image', image, [1, 3, height, width], 'x_out');
	t.same(ours.slice(0, theirs.length), theirs);
	t.same(ours.slice(theirs.length), theirs);
});

t.test('a mask is decoded from the feature maps of every stride, and layers keep their names', async (t) => {
	const network = NETWORKS.onnx.create({ ...options, score: 'sigmoid', mask: 'softmax', classes: 3 });
	t.same(
		network.outputs.map(({ name, shape }) => [name, shape?.slice(1)]),
		[
			['mask_logits', [3, height, width]],
			['score_logits', [1]],
		],
	);
	const names = parameterLayout(network).trainable.map((slot) => slot.name);
	t.ok(names.includes('layer2.weight'));
	t.ok(names.includes('onnx/mask/first.weight'), 'a name that heads have gets a prefix');
	t.ok(names.some((name) => name.startsWith('up0/')) && names.some((name) => name.startsWith('up1/')));
});

t.test('a cut can be named, and a wrong one is refused', async (t) => {
	const network = NETWORKS.onnx.create({ ...options, score: 'none', cut: 'layer2_out' });
	t.same(network.outputs[0].shape?.slice(1), [6, 8, 12]);
	t.throws(() => NETWORKS.onnx.create({ ...options, cut: 'nowhere' }), {
		code: 'CONFIG_INVALID',
		message: /"nowhere"/,
	});
	t.throws(() => NETWORKS.onnx.create({ ...options, cut: 'logits' }), {
		code: 'MODEL_UNSUPPORTED',
		message: /"logits"/,
	});
});

t.test('a grey image goes to a model of colours as three equal channels', async (t) => {
	const grey = image.slice(0, height * width);
	const colours = Float32Array.from({ length: 3 * grey.length }, (_, i) => grey[i % grey.length]);
	const build = (channels: number) => NETWORKS.onnx.create({ ...options, channels, score: 'none' });
	t.same(
		await run(build(1), 'x', grey, [1, 1, height, width], 'features'),
		await run(build(3), 'x', colours, [1, 3, height, width], 'features'),
	);
	const single = write('grey', classifier(1));
	t.throws(() => NETWORKS.onnx.create({ ...options, file: single }), { code: 'CONFIG_INVALID', message: /1 channel/ });
});

t.test('a model with channels last is fed so', async (t) => {
	const g = new GraphBuilder('keras');
	const x = g.input('image', 'float32', ['batch', height, width, 3]);
	const deep = conv(g, g.transpose(x, [0, 3, 1, 2]), 'conv', 4, 2);
	g.output(g.op('ReduceMean', [deep, g.ints([2, 3])], { keepdims: 0 }), 'y');
	const network = NETWORKS.onnx.create({ ...options, file: write('keras', g.build()), score: 'none' });
	t.same(network.inputs[0].shape, ['N', 3, height, width]);
	t.same(network.outputs[0].shape?.slice(1), [4, 16, 24]);
});

t.test('a model that gives a map loses its last layer', async (t) => {
	const g = new GraphBuilder('segmenter');
	const x = g.input('image', 'float32', ['batch', 3, height, width]);
	const features = conv(g, x, 'body', 5, 1);
	g.output(g.op('Conv', [features, weight(g, 'last.weight', [2, 5, 1, 1])]), 'map');
	const network = NETWORKS.onnx.create({ ...options, file: write('segmenter', g.build()), score: 'none' });
	t.same(network.outputs[0].shape?.slice(1), [5, height, width]);
	t.notOk(network.initializers.has('last.weight'));
});

t.test('operators that cannot be trained are named with their places', async (t) => {
	const path = write(
		'floor',
		classifier(3, (g, x) => g.op('Round', [x])),
	);
	const network = NETWORKS.onnx.create({ ...options, file: path, score: 'sigmoid' });
	const train = (isTrainable: (name: string) => boolean) => {
		const g = GraphBuilder.from(network, { x: [1, 3, height, width] });
		const loss = g.reduceSum('score_logits', [0, 1]);
		const names = parameterLayout(network, isTrainable).trainable.map((slot) => slot.name);
		return differentiate(g, loss, names).size;
	};
	t.throws(() => train(() => true), {
		code: 'MODEL_UNSUPPORTED',
		message: /found Round \(\w+\)\. Freeze the layers in front/,
	});
	t.ok(train((name) => /^(layer3|x|score)/.test(name)) > 0, 'behind it, training goes on');
});

t.test('what is no model of images is refused in words', async (t) => {
	const tokens = new GraphBuilder('tokens');
	const x = tokens.input('image', 'float32', ['batch', 3, height, width]);
	const patches = tokens.reshape(conv(tokens, x, 'patch', 4, 2), [0, 4, -1]);
	tokens.output(tokens.op('ReduceMean', [patches, tokens.ints([2])], { keepdims: 0 }), 'y');
	t.throws(() => NETWORKS.onnx.create({ ...options, file: write('tokens', tokens.build()) }), {
		code: 'MODEL_UNSUPPORTED',
		message: /feature maps \[N, C, h, w\].*--cut/,
	});
	const vector = new GraphBuilder('vector');
	vector.output(vector.relu(vector.input('v', 'float32', ['batch', 7])));
	t.throws(() => NETWORKS.onnx.create({ ...options, file: write('vector', vector.build()) }), {
		code: 'MODEL_UNSUPPORTED',
		message: /v float32 \[batch,7\]/,
	});
	t.throws(() => NETWORKS.onnx.create({ ...options, file: join(folder, 'none.onnx') }), { code: 'FILE_UNREADABLE' });
});
