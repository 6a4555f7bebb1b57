import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { float, tensorAttribute } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { decodeModel, encodeModel } from '../../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../../src/graph/graph.ts';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { encodeNpy } from '../../../src/inference/npy.ts';
import { imageInput, imagesTensor } from '../../../src/pipeline/quantize-file/image-input.ts';
import { loadSamples } from '../../../src/pipeline/quantize-file/load-samples.ts';
import { outputPaths, quantizeFile } from '../../../src/pipeline/quantize-file/quantize-file.ts';

const random = new Random(3);
const SIZE = 16;
const PLAIN = { scale: 255, mean: [0], std: [1], count: 64 } as const;

t.test('a classifier as torch exports it keeps its inputs and outputs, open batch included', async (t) => {
	const { model, images } = await place(t.testdir(), torchClassifier());
	const samples = { ...PLAIN, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
	const { models, reports } = await quantizeFile(model, { calibrate: images, samples, speedRuns: 0 });
	const [bytes, report] = [models.get('int8')!, reports.cpu!];
	t.equal(report.calibrationImages, 6);
	const { inputs, outputs, nodes } = decodeModel(bytes);
	t.strictSame(inputs, [{ name: 'input', type: 'float32', shape: ['batch', 3, SIZE, SIZE] }]);
	t.strictSame(
		outputs.map(({ name }) => name),
		['logits'],
	);
	t.notOk(nodes.some(({ op }) => op === 'BatchNormalization' || op === 'Constant' || op === 'Clip'));
	t.match(report.audit, { fused: 3, floatConvolutions: [], strayPairs: [] });
	const [x] = await loadSamples(torchClassifier(), images, samples);
	const [float, int8] = await Promise.all([encodeModel(torchClassifier()), bytes].map((model) => run(model, x)));
	const spread = Math.max(...float) - Math.min(...float);
	for (const [i, value] of float.entries()) t.ok(Math.abs(int8[i] - value) < 0.1 * spread, `${int8[i]} for ${value}`);
	// Two images at once, though calibration fed them one by one.
	const pair = new Tensor('float32', new Float32Array(2 * 3 * SIZE * SIZE), [2, 3, SIZE, SIZE]);
	t.equal((await run(bytes, { input: pair })).length, 2 * float.length);
});

t.test('a folder of .npy files feeds the model as it is', async (t) => {
	const { model, images } = await place(t.testdir(), torchClassifier());
	const graph = torchClassifier();
	const folder = join(images, '..', 'feeds');
	await mkdir(folder);
	const samples = await loadSamples(graph, images, PLAIN);
	for (const [i, sample] of samples.entries())
		await writeFile(join(folder, `${i}.npy`), encodeNpy((sample as Record<string, Tensor>).input));
	const fromImages = await quantizeFile(model, { calibrate: images, samples: PLAIN, speedRuns: 0 });
	const fromFeeds = await quantizeFile(model, { calibrate: folder, samples: PLAIN, speedRuns: 0 });
	t.ok(Buffer.from(fromImages.models.get('int8')!).equals(fromFeeds.models.get('int8')!), 'the same model comes out');
	await writeFile(join(folder, '9.npy'), encodeNpy(new Tensor('float32', new Float32Array(4), [1, 4])));
	await t.rejects(quantizeFile(model, { calibrate: folder, samples: PLAIN }), {
		code: 'FILE_UNREADABLE',
		message: /9\.npy as a feed of "input"/,
	});
});

t.test('images are normalised and laid out as the model takes them', async (t) => {
	const how = { scale: 127.5, mean: [1], std: [1, 2, 4] };
	const image = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
	const graph = (shape: readonly (number | string)[]) => {
		const g = new GraphBuilder('shapes');
		g.output(g.relu(g.input('x', 'float32', shape)));
		return g.build();
	};
	const planes = imagesTensor(imageInput(graph([1, 3, 2, 2])), [image], how);
	t.strictSame(planes.dims, [1, 3, 2, 2]);
	const expected = (pixel: number, c: number) => Math.fround((image[3 * pixel + c] / 127.5 - 1) / 2 ** c);
	t.strictSame(
		planes.data,
		Float32Array.from([0, 1, 2].flatMap((c) => [0, 1, 2, 3].map((pixel) => expected(pixel, c)))),
	);
	const pixels = imagesTensor(imageInput(graph(['n', 2, 2, 3])), [image, image], how);
	t.strictSame(pixels.dims, [2, 2, 2, 3]);
	t.strictSame(
		pixels.data.slice(12),
		Float32Array.from([0, 1, 2, 3].flatMap((pixel) => [0, 1, 2].map((c) => expected(pixel, c)))),
	);
});

t.test('an open size must be given, a stated one cannot be changed, other inputs are refused', async (t) => {
	const open = torchClassifier(['n', 3, 'height', 'width']);
	t.throws(() => imageInput(open), { code: 'USAGE', message: /--size/ });
	t.match(imageInput(open, { width: 32, height: 24 }), { width: 32, height: 24, channels: 3, last: false, batch: 1 });
	t.throws(() => imageInput(torchClassifier(), { width: 32, height: 32 }), { code: 'USAGE', message: /16×16/ });
	const g = new GraphBuilder('two');
	g.output(g.add(g.input('a', 'float32', [1, 3]), g.input('b', 'float32', [1, 3])));
	t.throws(() => imageInput(g.build()), { code: 'MODEL_UNSUPPORTED', message: /a float32/ });
});

t.test('models for GPUs are made of a file too, each with its proof, and the page tells all', async (t) => {
	const { model, images } = await place(t.testdir(), torchClassifier());
	const samples = { ...PLAIN, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
	const methods = [{ method: 'min-max' }] as const;
	const targets = ['cpu', 'tensorrt', 'fp16'] as const;
	const made = await quantizeFile(model, { calibrate: images, samples, methods, targets, speedRuns: 2 });
	const { models, reports, providers } = made;
	t.strictSame([...models.keys()], ['int8', 'int8-tensorrt', 'fp16']);
	t.match(reports.tensorrt, { violations: [], convolutions: 2, inFloat: [{ op: 'Conv', reason: /reads the image/ }] });
	t.match(
		reports.tensorrt!.repairs.map(({ repair }) => repair),
		['equalize', 'correct-bias'],
	);
	t.match(reports.fp16, { check: { passed: true, images: 6, frames: { length: 13 } } });
	const measured = providers.filter(({ provider, ms }) => provider === 'cpu' && ms! > 0);
	t.strictSame(
		measured.map(({ precision }) => precision),
		['fp32', 'int8', 'int8-tensorrt', 'fp16'],
	);
	for (const words of [
		'Every quantized value',
		'int8-tensorrt',
		'every published rule',
		'adversarial frames',
		'Speed by',
	])
		t.match(made.page, words);
	const [x] = await loadSamples(torchClassifier(), images, samples);
	const float = await run(encodeModel(torchClassifier()), x);
	const spread = Math.max(...float) - Math.min(...float);
	for (const [precision, bytes] of models)
		for (const [i, value] of (await run(bytes, x)).entries())
			t.ok(Math.abs(value - float[i]) < 0.1 * spread, `${precision}: ${value} for ${float[i]}`);
});

t.test('feeds of unknown meaning drive no model to extremes, and float16 is proved on them alone', async (t) => {
	const { model, images } = await place(t.testdir(), torchClassifier());
	const [sample] = await loadSamples(torchClassifier(), images, PLAIN);
	const folder = join(images, '..', 'feeds');
	await mkdir(folder);
	await writeFile(join(folder, '0.npy'), encodeNpy((sample as Record<string, Tensor>).input));
	const request = { calibrate: folder, samples: PLAIN, targets: ['fp16'], speedRuns: 0 } as const;
	const { reports } = await quantizeFile(model, request);
	t.match(reports.fp16, { check: { passed: true, images: 1, frames: { length: 0 } } });
});

t.test('models go beside the float one, into a folder or into a file, never onto it', async (t) => {
	const dir = t.testdir({ out: {} });
	const model = join(dir, 'net.onnx');
	const pathOf = async (out?: string) => (await outputPaths(model, out)).get('int8');
	t.equal(await pathOf(), join(dir, 'net.int8.onnx'));
	t.equal(await pathOf(join(dir, 'out')), join(dir, 'out', 'net.int8.onnx'));
	t.equal(await pathOf(join(dir, 'new')), join(dir, 'new', 'net.int8.onnx'));
	t.equal(await pathOf(join(dir, 'other.onnx')), join(dir, 'other.onnx'));
	await t.rejects(pathOf(model), { code: 'USAGE' });
	const several = ['tensorrt', 'fp16'] as const;
	t.strictSame(
		[...(await outputPaths(model, join(dir, 'out'), several)).values()],
		[join(dir, 'out', 'net.int8-tensorrt.onnx'), join(dir, 'out', 'net.fp16.onnx')],
	);
	await t.rejects(outputPaths(model, join(dir, 'one.onnx'), several), { code: 'USAGE', message: /folder/ });
});

async function place(root: string, graph: Graph) {
	const model = join(root, 'net.onnx');
	const images = join(root, 'images');
	await writeFile(model, encodeModel(graph));
	await mkdir(images);
	for (let i = 0; i < 6; i++) {
		const data = Uint8Array.from({ length: SIZE * SIZE * 3 }, () => random.integer(256));
		await writeFile(join(images, `${i}.png`), await encodePng({ width: SIZE, height: SIZE, channels: 3, data }));
	}
	return { model, images };
}

async function run(bytes: Uint8Array, feeds: Awaited<ReturnType<typeof loadSamples>>[number]): Promise<Float32Array> {
	const model = await openModel(bytes, { threads: 1 });
	const { logits } = await model.run(feeds as Record<string, Tensor>);
	await model.close();
	return logits.data as Float32Array;
}

/** Constants as nodes, batch normalisation not folded, limits of Clip from constants, a dense head: as `torch.onnx` writes. */
function torchClassifier(shape: readonly (number | string)[] = ['batch', 3, SIZE, SIZE]): Graph {
	const weights = new Random(8);
	const g = new GraphBuilder('main_graph');
	const noise = (dims: number[], deviation: number, mean = 0) =>
		float32(
			dims,
			Array.from({ length: dims.reduce((a, b) => a * b) }, () => mean + deviation * weights.normal()),
		);
	const constant = (value: number) => g.op('Constant', [], { value: tensorAttribute(float32([], [value])) });
	const layer = (x: string, filters: number, channels: number, group = 1) => {
		const w = g.constant(noise([filters, channels / group, 3, 3], 0.25));
		const conv = g.op('Conv', [x, w], {
			kernel_shape: [3, 3],
			pads: [1, 1, 1, 1],
			group,
			strides: [1, 1],
			dilations: [1, 1],
		});
		const parts = [
			noise([filters], 0.1, 1),
			noise([filters], 0.1),
			noise([filters], 0.1),
			float32([filters], new Array(filters).fill(0.8)),
		];
		const norm = g.op('BatchNormalization', [conv, ...parts.map((part) => g.constant(part))], { epsilon: float(1e-5) });
		return g.op('Clip', [norm, constant(0), constant(6)]);
	};
	const features = layer(layer(layer(g.input('input', 'float32', shape), 8, 3), 8, 8, 8), 12, 8);
	const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [features])], { axis: 1 });
	const dense = [g.constant(noise([5, 12], 0.5)), g.constant(noise([5], 0.1))];
	g.output(g.op('Gemm', [pooled, ...dense], { transB: 1, alpha: float(1), beta: float(1) }, { names: ['logits'] }));
	return g.build();
}
