import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { foldBatchNorm } from '../../src/graph/passes/fold-batch-norm.ts';
import { openExplainer } from '../../src/inference/explainer-model.ts';
import { deploy } from '../../src/networks/deploy.ts';
import { explainer } from '../../src/networks/explainer.ts';
import { NETWORKS } from '../../src/networks/index.ts';
import { brightAndDarkClassifier } from '../support/classifier-bundle.ts';

const SIZE = 16;
const INPUT = { width: SIZE, height: SIZE, channels: 1 } as const;

/** Grey, with a bright blob at (2…5, 2…5) and a dark one at (10…13, 8…11), given as (column, row). */
const PICTURE = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => {
	const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
	if (x >= 2 && x < 6 && y >= 2 && y < 6) return 255;
	return x >= 10 && x < 14 && y >= 8 && y < 12 ? 0 : 128;
});

async function heatOf(network: Graph, picture = PICTURE): Promise<Float32Array> {
	const bytes = encodeModel(explainer(foldBatchNorm(deploy(network)).graph));
	const opened = await openExplainer({ bytes, input: INPUT });
	const heat = await opened.explain(picture);
	await opened.close();
	return heat;
}

const at = (heat: Float32Array, x: number, y: number) => heat[y * SIZE + x];

t.test('heat lies on what speaks for a defect, at the size of the image, up to 1', async (t) => {
	for (const [name, rows, bright, dark] of [
		['sigmoid, bright is the defect', [[5, 0]], 1, 0],
		['sigmoid, dark is the defect', [[0, 5]], 0, 1],
		[
			'softmax, bright is sound and dark the defect',
			[
				[5, 0],
				[0, 5],
			],
			0,
			1,
		],
		[
			'softmax, two kinds of defects, of which the dark one is likelier',
			[
				[0, 0],
				[1, 0],
				[0, 30],
			],
			0,
			1,
		],
	] as const) {
		const heat = await heatOf(brightAndDarkClassifier(SIZE, rows));
		t.equal(heat.length, SIZE * SIZE);
		t.equal(Math.max(...heat), 1, name);
		t.ok(Math.abs(at(heat, 3, 3) - bright) < 0.05, `${name}: bright blob ${at(heat, 3, 3)}`);
		t.ok(Math.abs(at(heat, 11, 9) - dark) < 0.05, `${name}: dark blob ${at(heat, 11, 9)}`);
		t.ok(at(heat, 8, 14) < 0.01, `${name}: the ground stays cold`);
	}
});

t.test('where nothing speaks for a defect there is no heat', async (t) => {
	const heat = await heatOf(brightAndDarkClassifier(SIZE, [[5, 0]]), new Uint8Array(SIZE * SIZE));
	t.equal(Math.max(...heat), 0);
});

t.test('classifiers of the table have one, whatever their head; a network without a score has none', async (t) => {
	const size = { width: SIZE, height: SIZE };
	const network = NETWORKS['simple-cnn'].create({ ...size, depth: 2, base: 4, score: 'softmax', classes: 3 });
	t.equal((await heatOf(network)).length, SIZE * SIZE);
	const masks = NETWORKS.unet.create({ ...size, depth: 2, base: 4, score: 'none' });
	t.throws(() => explainer(deploy(masks)), { code: 'MODEL_UNSUPPORTED' });
});
