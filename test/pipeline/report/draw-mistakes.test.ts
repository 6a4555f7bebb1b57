import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../../src/graph/graph.ts';
import { sharp } from '../../../src/imaging/sharp.ts';
import { deploy } from '../../../src/networks/deploy.ts';
import { drawMistakes } from '../../../src/pipeline/report/draw-mistakes.ts';
import { openActivationMap } from '../../../src/pipeline/report/heat-maps.ts';
import type { LabelledImages } from '../../../src/training/labelled-images.ts';
import type { Picture } from '../../../src/training/report/report-data.ts';
import { scoreImages } from '../../../src/training/score-images.ts';
import { tinyGraph } from '../../support/tiny-bundle.ts';

const SIZE = { width: 12, height: 8, channels: 1 } as const;
const AREA = 96;

/** One image per grey value; values of the first list are sound, those of the second defective. */
function greys(
	sound: readonly number[],
	defective: readonly number[],
	groupOf = (i: number) => `${i}`,
): LabelledImages {
	const values = [...sound, ...defective];
	const images = new Uint8Array(values.length * AREA);
	values.forEach((value, i) => {
		images.fill(value, i * AREA, (i + 1) * AREA);
	});
	const samples = values.map((value, i) => {
		const isDefective = i >= sound.length;
		return {
			id: `${value}`,
			group: groupOf(i),
			class: isDefective ? 'bright' : 'ok',
			label: Number(isDefective),
			defective: isDefective,
		};
	});
	const hasMask = new Uint8Array(values.length).fill(1);
	return { ...SIZE, images, masks: new Uint8Array(images.length), hasMask, samples, classes: ['ok', 'bright'] };
}

async function mistakesOf(data: LabelledImages, graph: Graph = tinyGraph()) {
	const model = encodeModel(graph);
	const { images } = await scoreImages({ bytes: model }, data, { threads: 1 });
	return drawMistakes({ model, float: model, data, images, threshold: 0.5 });
}

t.test('the worst come first, and only what the threshold gets wrong', async (t) => {
	const { misses, falseAlarms, heat } = await mistakesOf(greys([10, 200, 250, 130], [90, 20, 255]));
	t.same(
		misses.map(({ id }) => id),
		['20', '90'],
	);
	t.same(
		falseAlarms.map(({ id }) => id),
		['250', '200', '130'],
	);
	t.match(heat, 'probability of a defect at each pixel');
	for (const mistake of misses) t.ok(mistake.image && mistake.truth && mistake.prediction && mistake.heat);
});

t.test('a part is shown once, and at most eight', async (t) => {
	const values = Array.from({ length: 30 }, (_, i) => 10 + i);
	const { misses } = await mistakesOf(greys([0], values, (i) => `part-${i >> 1}`));
	t.equal(misses.length, 8);
	t.same(
		misses.slice(0, 3).map(({ id }) => id),
		['10', '11', '13'],
	);
});

/** Scores by the mean of what is bright. */
function brightness(): Graph {
	const g = new GraphBuilder('brightness');
	const x = g.input('x', 'float32', ['N', 1, SIZE.height, SIZE.width]);
	const weight = g.constant(float32([1, 1, 1, 1], [1]), 'weight');
	const bias = g.constant(float32([1], [-0.5]), 'bias');
	const features = g.op('MaxPool', [g.relu(g.op('Conv', [x, weight, bias], { kernel_shape: [1, 1] }))], {
		kernel_shape: [2, 2],
		strides: [2, 2],
	});
	const mean = g.op('Flatten', [g.op('GlobalAveragePool', [features])], { axis: 1 });
	const gain = g.constant(float32([1, 1], [20]), 'gain');
	const shift = g.constant(float32([1], [-0.1]), 'shift');
	g.output(g.op('Gemm', [mean, gain, shift], { transB: 1 }), 'score_logits');
	return deploy(g.build());
}

t.test('of a classifier the heat shows what decided, and there is no mask to show', async (t) => {
	const data = greys([20], [30]);
	for (const [y, x] of [
		[4, 8],
		[4, 9],
		[5, 8],
		[5, 9],
	])
		data.images[y * SIZE.width + x] = 255;
	const { falseAlarms, misses, heat } = await mistakesOf(data, brightness());
	t.match(heat, 'Grad-CAM');
	t.equal(misses.length, 1);
	t.equal(falseAlarms.length, 1);
	t.equal(falseAlarms[0].truth, undefined);
	const red = await redness(falseAlarms[0].heat!);
	t.ok(red(8, 4) > 25, `the spot is ${red(8, 4)} redder than grey`);
	t.ok(red(1, 1) < 8, `the rest is ${red(1, 1)}`);
});

t.test('a heat map is as large as the image, at most 1, and all zero where nothing speaks for the class', async (t) => {
	const map = await openActivationMap(encodeModel(brightness()), SIZE);
	if ('missing' in map) return t.fail(map.missing);
	const spot = greys([20], []).images;
	spot[0] = 255;
	const heat = await map.of(spot, 0);
	t.equal(heat.length, AREA);
	t.equal(Math.max(...heat), 1);
	t.equal(heat.indexOf(1), 0, 'the corner of the map is the corner of the image');
	t.ok((await map.of(greys([20], []).images, 0)).every((value) => value === 0));
	await map.close();
	t.match(await openActivationMap(encodeModel(tinyGraph()), SIZE), { missing: /score_logits/ });
});

/** How much redder than green a pixel of a picture is. */
async function redness({ src }: Picture): Promise<(x: number, y: number) => number> {
	const { data, info } = await sharp(Buffer.from(src.split(',')[1], 'base64'))
		.raw()
		.toBuffer({ resolveWithObject: true });
	return (x, y) => data[(y * info.width + x) * info.channels] - data[(y * info.width + x) * info.channels + 1];
}
