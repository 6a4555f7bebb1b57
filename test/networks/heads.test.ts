import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeModel, encodeModel } from '../../src/graph/codec/codec.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { openModel, Tensor } from '../../src/inference/model.ts';
import { NETWORKS, type NetworkName } from '../../src/networks/index.ts';
import { openOrtEngine } from '../../src/training/engines/ort/ort-engine.ts';
import { LOSSES } from '../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../src/training/optimizers/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';

/** Odd sizes, small options: every network must cope with them. */
const SIZE = { width: 37, height: 51, channels: 3 };
const SMALL: Record<NetworkName, object> = {
	unet: { base: 8, depth: 3 },
	'simple-cnn': { base: 4, depth: 3, batchNorm: false },
	resnet50: { alpha: 0.0625, blocks: [1, 2, 1, 1] },
	'mobilenet-v2': { alpha: 0.1 },
	'mobilenet-v2-unet': { alpha: 0.1, decoder: [16, 8, 8, 8] },
	'inception-resnet-a': {},
	'two-conv': { filters: [4, 6] },
	'two-locally-connected': { filters: [2, 3] },
	'plain-deep': { layers: 5, filters: 6, residual: true },
	onnx: { file: foreignModel() },
};
/** A classifier in a file, as somebody else's. */
function foreignModel(): string {
	const path = join(t.testdir(), 'model.onnx');
	writeFileSync(path, encodeModel(NETWORKS['simple-cnn'].create({ ...SIZE, base: 4, depth: 3 })));
	return path;
}

const HEADS = [
	{ score: 'sigmoid', mask: 'none' },
	{ score: 'softmax', mask: 'none', classes: 4, learns: true },
	{ score: 'none', mask: 'sigmoid', learns: true },
	{ score: 'none', mask: 'softmax', classes: 3 },
	{ score: 'softmax', mask: 'softmax', classes: 3, learns: true },
	{ score: 'sigmoid', mask: 'sigmoid', hidden: [6, 5], headPooling: 'both' },
] as const;

for (const name of Object.keys(NETWORKS) as NetworkName[]) {
	for (const heads of HEADS)
		t.test(
			`${name} with score ${heads.score} and mask ${heads.mask} has the heads' shapes${'learns' in heads ? ' and learns' : ''}`,
			async (t) => {
				const { learns, ...options } = { learns: false, ...heads };
				const network = NETWORKS[name].create({ ...SIZE, ...SMALL[name], ...options });
				const bytes = encodeModel(network);
				t.ok(Buffer.from(encodeModel(decodeModel(bytes))).equals(bytes), 'reads back to the same bytes');
				const classes = 'classes' in heads ? heads.classes : 2;
				const channels = (activation: string) => (activation === 'softmax' ? classes : 1);
				t.same(await shapesOf(network), {
					...(heads.mask !== 'none' && { mask_logits: [2, channels(heads.mask), SIZE.height, SIZE.width] }),
					...(heads.score !== 'none' && { score_logits: [2, channels(heads.score)] }),
				});
				if (!learns) return;
				const losses = await lossesOf(network);
				t.ok(losses.every(Number.isFinite));
				const last = losses.at(-1)!;
				t.ok(last < 0.8 * losses[0], `loss ${losses[0]} → ${last}`);
			},
		);

	t.test(`${name} without heads gives features`, async (t) => {
		const network = NETWORKS[name].create({ ...SIZE, ...SMALL[name], score: 'none', mask: 'none' });
		t.same(Object.keys(await shapesOf(network)), ['features']);
	});
}

async function shapesOf(network: Graph): Promise<Record<string, readonly number[]>> {
	const model = await openModel(encodeModel(network), { threads: 1 });
	const dims = [2, SIZE.channels, SIZE.height, SIZE.width];
	const results = await model.run({ x: new Tensor('float32', new Float32Array(2 * 3 * 51 * 37).fill(0.5), dims) });
	await model.close();
	return Object.fromEntries(Object.entries(results).map(([name, { dims }]) => [name, dims]));
}

/** Losses of a few steps on two images: an empty one, and one with a bright square of class 1. */
async function lossesOf(network: Graph): Promise<number[]> {
	const outputs = network.outputs.map((output) => output.name);
	const terms = (['mask_logits', 'score_logits'] as const).filter((output) => outputs.includes(output));
	const losses = terms.map((output) => {
		const loss =
			(network.outputs.find(({ name }) => name === output)!.shape![1] as number) > 1
				? 'categorical-crossentropy'
				: 'bce';
		return { name: output, output, weight: 1, build: LOSSES[loss].create({}) };
	});
	const engine = await openOrtEngine({
		network,
		layout: parameterLayout(network),
		batch: 2,
		losses,
		optimizer: OPTIMIZERS.adam.create({}),
		clipNorm: 1,
		momentum: 0.1,
		threads: 1,
	});
	const batch = twoImages();
	const values: number[] = [];
	for (let step = 0; step < 12; step++) values.push((await engine.step(batch, 0.02)).loss);
	await engine.close();
	return values;
}

function twoImages() {
	const { width, height, channels } = SIZE;
	const x = Float32Array.from({ length: 2 * channels * width * height }, (_, i) => 0.2 + ((i * 7919) % 97) / 970);
	const mask = new Float32Array(2 * width * height);
	for (let row = 10; row < 40; row++)
		for (let column = 8; column < 30; column++) {
			mask[(height + row) * width + column] = 1;
			for (let c = 0; c < channels; c++) x[((channels + c) * height + row) * width + column] = 0.9;
		}
	return { x, mask, label: Float32Array.of(0, 1) };
}
