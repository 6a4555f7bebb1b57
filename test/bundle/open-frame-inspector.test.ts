import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { openFrameInspector } from '../../src/bundle/open-frame-inspector.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { emulateHalf } from '../../src/graph/passes/emulate-half.ts';
import { toHalf } from '../../src/graph/passes/to-half.ts';
import { fitPixels } from '../../src/imaging/decode-image.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';
import { cutRegion, cutTile } from '../../src/imaging/view/cut-tile.ts';
import type { View } from '../../src/imaging/view/view.ts';
import { type Inspected, openInspector } from '../../src/inference/inspector-model.ts';
import { deploy } from '../../src/networks/deploy.ts';
import { NETWORKS, type NetworkName } from '../../src/networks/index.ts';
import { quantizeModel } from '../../src/quantization/quantize-model.ts';
import { smallImages, smallInspector } from '../support/small-inspector.ts';

/** Waves and noise, so that no two tiles look alike. */
function frameOf(width: number, height: number, channels: 1 | 3 = 1): Pixels {
	const random = new Random(5);
	const data = Uint8ClampedArray.from({ length: width * height * channels }, (_, i) => {
		const x = Math.floor(i / channels) % width;
		return 120 + 60 * Math.sin(x / 9 + i / 4001) + 12 * random.normal();
	});
	return { width, height, channels, data: new Uint8Array(data.buffer) };
}

async function open(graph: Graph, view: View | undefined) {
	const [, height, width, channels] = graph.inputs[0].shape as readonly number[];
	const input = { width, height, channels: channels as 1 | 3 };
	const bytes = encodeModel(graph);
	const inspector = await openInspector({ bytes, input }, { threads: 1 });
	const references = smallImages(3, channels).map((image) => resized(image, width * height * channels));
	const opened = await openFrameInspector({ bytes, input, precision: 'fp32', inspector, references }, view, {
		threads: 1,
	});
	const close = async () => void (await Promise.all([opened.close(), inspector.close()]));
	return { ...opened, inspector, close };
}

/** As many bytes as a model of another size takes. */
function resized(image: Uint8Array, length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, i) => image[i % image.length]);
}

async function kinds(): Promise<readonly (readonly [string, Graph])[]> {
	const networkOf = (name: NetworkName, options: object) =>
		deploy(NETWORKS[name].create({ width: 32, height: 32, channels: 1, ...options }));
	const unet = smallInspector();
	const classes = { score: 'softmax', mask: 'softmax', classes: 4 };
	const { graph: int8 } = await quantizeModel(unet, smallImages(4), { methods: [{ method: 'min-max' }], speedRuns: 0 });
	return [
		['unet', unet],
		['unet in int8', int8],
		['unet in fp16, as a GPU rounds', emulateHalf(toHalf(unet).graph)],
		['unet, nearest and transposed', smallInspector({ up: 'transposed', down: 'max-pool' })],
		['unet of classes, three channels', networkOf('unet', { ...classes, channels: 3, base: 8, depth: 2 })],
		[
			'unet of classes, gated',
			deploy(NETWORKS.unet.create({ width: 32, height: 32, channels: 1, base: 8, depth: 2, ...classes }), {
				classGate: 'both',
			}),
		],
		['mobilenet-v2-unet', networkOf('mobilenet-v2-unet', {})],
		['resnet50 of classes', networkOf('resnet50', { score: 'softmax', classes: 4 })],
		['simple-cnn', networkOf('simple-cnn', { score: 'sigmoid' })],
		['plain-deep', networkOf('plain-deep', { score: 'sigmoid' })],
		['two-conv', networkOf('two-conv', { score: 'sigmoid' })],
		['two-locally-connected', networkOf('two-locally-connected', { score: 'sigmoid' })],
		['inception-resnet-a', networkOf('inception-resnet-a', { score: 'sigmoid' })],
	];
}

t.test('tiles of a batch give what they give one by one, for every kind of model', async (t) => {
	for (const [name, graph] of await kinds()) {
		const channels = graph.inputs[0].shape![3] as 1 | 3;
		const frame = frameOf(75, 58, channels);
		const alone = await open(graph, { tiles: { overlap: 8, batch: 1 } });
		// 3 × 3 tiles in batches of 4: the last one is mostly left over from the one before.
		const together = await open(graph, { tiles: { overlap: 8, batch: 4 } });
		t.strictSame([together.batch, together.whyNotBatched], [4, undefined], name);
		const expected = (await alone.frames.inspect(frame)).inspected;
		const found = (await together.frames.inspect(frame)).inspected;
		t.ok(Math.abs(found.score - expected.score) < 1e-5, `${name}: score ${found.score}, ${expected.score}`);
		for (const key of ['mask', 'classScores'] as const)
			t.ok(largestDifference(found[key], expected[key]) < 1e-4, `${name}: ${key}`);
		t.ok(shareOfOthers(found.labels, expected.labels) < 0.001, `${name}: labels`);
		await alone.close();
		await together.close();
	}
});

function largestDifference(found: Float32Array | undefined, expected: Float32Array | undefined): number {
	if (found?.length !== expected?.length) return Number.POSITIVE_INFINITY;
	return Math.max(0, ...(found ?? []).map((value, i) => Math.abs(value - expected![i])));
}

function shareOfOthers(found: Uint8Array | undefined, expected: Uint8Array | undefined): number {
	if (found?.length !== expected?.length) return 1;
	return found ? found.filter((label, i) => label !== expected![i]).length / found.length : 0;
}

t.test('without a view a frame is inspected exactly as its pixels fitted to the model', async (t) => {
	const { frames, inspector, close } = await open(smallInspector(), undefined);
	const frame = frameOf(75, 58);
	const { pixels, inspected, layout } = await frames.inspect(frame);
	const fitted = await fitPixels(frame, { width: 32, height: 32, channels: 1 });
	t.same(pixels, fitted);
	const expected = await inspector.inspect(fitted.data);
	t.equal(inspected.score, expected.score);
	t.same(inspected.mask, expected.mask);
	t.same(layout.roi, { x: 0, y: 0, width: 75, height: 58 });
	await close();
});

t.test('the score of the whole is the highest of its tiles, with the class scores of that tile', async (t) => {
	const classes = { score: 'softmax', mask: 'softmax', classes: 4 };
	const graph = deploy(NETWORKS.unet.create({ width: 32, height: 32, channels: 1, base: 8, depth: 2, ...classes }));
	const { frames, inspector, close } = await open(graph, { tiles: { overlap: 8 } });
	const frame = frameOf(80, 32);
	const { inspected, layout } = await frames.inspect(frame);
	const results: Inspected[] = [];
	for (const at of layout.tiles) {
		const tile = new Uint8Array(32 * 32);
		cutTile(frame, layout.roi, at, layout.tile, tile);
		results.push(await inspector.inspect(tile));
	}
	const best = results.reduce((a, b) => (b.score > a.score ? b : a));
	t.equal(inspected.score, best.score);
	t.same(inspected.classScores, best.classScores);
	t.equal(inspected.labels?.length, 80 * 32);
	await close();
});

t.test('a model that cannot take several images is run one by one, and it is said why', async (t) => {
	const graph = deploy(NETWORKS['simple-cnn'].create({ width: 32, height: 32, channels: 1, score: 'sigmoid' }));
	// The mean of all images is not one result per image.
	const g = GraphBuilder.from(graph);
	const mixed = g.op('ReduceMax', ['score', g.ints([0])], { keepdims: 1 });
	g.output(mixed, 'mixed');
	const renamed = g.build();
	const outputs = renamed.outputs.map((output) => ({ ...output, name: 'score' }));
	const nodes = renamed.nodes.map((node) => ({
		...node,
		inputs: node.inputs.map((name) => (name === 'score' ? 'inner' : name)),
		outputs: node.outputs.map((name) => (name === 'score' ? 'inner' : name === 'mixed' ? 'score' : name)),
	}));
	const opened = await open({ ...renamed, nodes, outputs, values: new Map() }, { tiles: { overlap: 8, batch: 4 } });
	t.equal(opened.batch, 1);
	t.match(opened.whyNotBatched, /one result of \[1\] per image, found ReduceMax/);
	t.ok((await opened.frames.inspect(frameOf(64, 64))).inspected.score > 0);
	await opened.close();
});

t.test('a view that cannot be laid out is refused before the first frame', async (t) => {
	await t.rejects(open(smallInspector(), { tiles: { overlap: 32 } }), { code: 'CONFIG_INVALID' });
	const { batch, close } = await open(smallInspector(), {
		roi: { x: 0, y: 0, width: 60, height: 32 },
		tiles: { overlap: 4, batch: 8 },
	});
	t.equal(batch, 2, 'no more at once than there are');
	await close();
});

t.test('a heat map of tiles is one of the whole, and the pixels seen are those of the region', async (t) => {
	const roi = { x: 5, y: 3, width: 60, height: 40 };
	const { frames, close } = await open(smallInspector(), { roi, tiles: { overlap: 8 } });
	const frame = frameOf(75, 58);
	const { pixels, map } = await frames.inspect(frame);
	t.same(pixels, cutRegion(frame, roi));
	const levels = await map(async (tile) => Float32Array.from(tile, (value) => value / 255));
	t.ok(levels!.every((value, i) => Math.abs(value - pixels.data[i] / 255) < 1e-6));
	t.equal(await map(async () => undefined), undefined, 'where there is no explainer there is no map');
	await close();
});
