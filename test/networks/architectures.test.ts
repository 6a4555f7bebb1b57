import t from 'tap';
import { Random } from '../../src/base/random.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { NETWORKS, type NetworkName } from '../../src/networks/index.ts';
import { INITIALIZERS } from '../../src/networks/initializers.ts';
import { parameterLayout } from '../../src/training/parameters.ts';

const bare = (name: NetworkName, options: object = {}) =>
	NETWORKS[name].create({ initializer: 'zeros', score: 'none', mask: 'none', channels: 3, ...options });

/** Learnt numbers, and the running means and variances that Keras calls non-trainable parameters. */
function count(network: Graph): readonly number[] {
	const { trainableSize, runningSize } = parameterLayout(network);
	return [trainableSize, runningSize];
}

const shapeOf = (network: Graph, value: string) => network.values.get(value)?.shape;

t.test(
	"ResNet50 has the parameters of Keras's without top, 23,587,712 in all, and in torch's style torchvision's",
	async (t) => {
		const [learnt, running] = count(bare('resnet50'));
		t.same([learnt, running, learnt + running], [23_534_592, 53_120, 23_587_712]);
		// 25,557,032 of torchvision's resnet50 minus its last layer's 2,049,000.
		t.same(count(bare('resnet50', { style: 'torch' })), [23_508_032, 53_120]);
	},
);

t.test("MobileNetV2 has the parameters of Keras's without top, 2,257,984 in all", async (t) => {
	const [learnt, running] = count(bare('mobilenet-v2'));
	t.same([learnt, running, learnt + running], [2_223_872, 34_112, 2_257_984]);
	// Keras, alpha 0.35 and 1.4, include_top=False.
	const all = (alpha: number) => count(bare('mobilenet-v2', { alpha })).reduce((a, b) => a + b);
	t.same([all(0.35), all(1.4)], [410_208, 4_363_712]);
});

t.test('ResNet50 cut at conv3_block4_out ends there, at an eighth of the size', async (t) => {
	const network = bare('resnet50', { cut: 'conv3_block4_out', width: 224, height: 224 });
	t.same(shapeOf(network, 'conv3_block4_out'), ['N', 512, 28, 28]);
	t.notOk([...network.initializers.keys()].some((name) => name.startsWith('conv4')));
	// Layers up to conv3_block4_out of keras.applications.ResNet50.
	t.same(
		count(network).reduce((a, b) => a + b),
		1_460_096,
	);
	t.throws(() => bare('resnet50', { cut: 'conv3_block5_out' }), { code: 'CONFIG_INVALID', message: /cut: expected/ });
});

t.test('small images keep their size in the stem', async (t) => {
	const size = { width: 32, height: 32, stem: 'small' };
	t.same(shapeOf(bare('resnet50', size), 'conv1_relu'), ['N', 64, 32, 32]);
	t.same(shapeOf(bare('resnet50', size), 'conv5_block3_out'), ['N', 2048, 4, 4]);
	t.same(shapeOf(bare('mobilenet-v2', size), 'out_relu'), ['N', 1280, 2, 2]);
});

t.test('the skips of mobilenet-v2-unet have the sizes of the course report', async (t) => {
	const network = bare('mobilenet-v2-unet', { width: 128, height: 128, mask: 'softmax', classes: 3 });
	const sizes = [1, 3, 6, 13].map((i) => shapeOf(network, `block_${i}_expand_relu`)?.slice(2));
	t.same(sizes, [
		[64, 64],
		[32, 32],
		[16, 16],
		[8, 8],
	]);
	t.same(shapeOf(network, 'block_16_project'), ['N', 320, 4, 4]);
	t.notOk(network.initializers.has('block_16_project_BN/scale'), 'what comes after the bottom is left out');
	t.same(
		network.nodes.filter((node) => node.op === 'ConvTranspose').map((node) => node.inputs[1]),
		['up3/up/weight', 'up2/up/weight', 'up1/up/weight', 'up0/up/weight', 'mask/weight'],
	);
});

t.test('the networks of the course report have its parameters', async (t) => {
	t.same(count(bare('inception-resnet-a')), [52_960, 0]);
	t.same(count(bare('two-conv')), [448 + 4640, 0]);
	for (const n of [12, 28, 33]) {
		const expected = 448 * (n - 2) ** 2 + 4640 * (n - 4) ** 2;
		t.same(count(bare('two-locally-connected', { width: n, height: n })), [expected, 0]);
	}
});

t.test('later Inception-ResNet-A blocks add their input to their output', async (t) => {
	const sums = (blocks: number) =>
		bare('inception-resnet-a', { blocks }).nodes.filter((node) => node.op === 'Add').length;
	t.same([sums(1), sums(3)], [0, 2]);
});

t.test('images are scaled as the weights of others expect them', async (t) => {
	const network = bare('two-conv', { input: 'imagenet' });
	t.same(
		network.nodes.slice(0, 2).map((node) => node.op),
		['Sub', 'Div'],
	);
	t.same(count(network), [5088, 0], 'means and deviations are not learnt');
});

t.test('initialisers have the deviation that they promise', async (t) => {
	const shape = { rows: 60, columns: 400, fanIn: 400, fanOut: 60 };
	const expected = {
		he: Math.sqrt(2 / 400),
		'he-uniform': Math.sqrt(2 / 400),
		glorot: Math.sqrt(2 / 460),
		'glorot-uniform': Math.sqrt(2 / 460),
		lecun: Math.sqrt(1 / 400),
		'lecun-uniform': Math.sqrt(1 / 400),
		orthogonal: Math.sqrt(2 / 400),
		small: 0.01,
		large: 3 * Math.sqrt(2 / 400),
		zeros: 0,
	};
	for (const [name, initialize] of Object.entries(INITIALIZERS)) {
		const data = initialize(new Random(1), shape);
		const deviation = Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
		t.ok(Math.abs(deviation - expected[name as keyof typeof expected]) <= 0.02 * deviation, name);
	}
});

t.test('orthogonal filters are at right angles, whichever side is longer', async (t) => {
	for (const [rows, columns] of [
		[5, 9],
		[9, 5],
	]) {
		const data = INITIALIZERS.orthogonal(new Random(2), { rows, columns, fanIn: columns, fanOut: rows });
		const at = (i: number, k: number) => (rows <= columns ? data[i * columns + k] : data[k * columns + i]);
		const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
		for (let i = 0; i < count; i++)
			for (let j = 0; j <= i; j++) {
				let dot = 0;
				for (let k = 0; k < length; k++) dot += at(i, k) * at(j, k);
				t.ok(Math.abs(dot - (i === j ? 2 : 0)) < 1e-5, `${i}·${j} = ${dot}`);
			}
	}
});
