import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { decodeModel, encodeModel } from '../../src/graph/codec/codec.ts';
import { foldBatchNorm } from '../../src/graph/passes/fold-batch-norm.ts';
import { openInspector } from '../../src/inference/inspector-model.ts';
import { openModel, Tensor } from '../../src/inference/model.ts';
import { learnedScoreOf } from '../../src/metrics/part-score/learned-score.ts';
import { deploy, SCORES } from '../../src/networks/deploy.ts';
import { NETWORKS, type NetworkName } from '../../src/networks/index.ts';

const size = { width: 32, height: 48 };
const variants = [
	['unet', {}],
	['unet', { stem: 'half', depth: 4 }],
	['unet', { up: 'transposed', down: 'max-pool', channels: 3 }],
	['unet', { score: 'none' }],
	['simple-cnn', { pooling: 'average', channels: 3, input: 'imagenet' }],
	['simple-cnn', { pooling: 'stride', input: 'caffe' }],
	['simple-cnn', { pooling: 'max' }],
	['unet', { stem: 'half', input: 'standardized' }],
] as const;

const networkOf = ([name, options]: readonly [NetworkName, object]) =>
	NETWORKS[name].create({ depth: 3, base: 4, ...size, ...options });

for (const variant of variants) {
	const title = `${variant[0]} ${JSON.stringify(variant[1])}`;

	t.test(`${title} gives logits of the image's size for any batch`, async (t) => {
		const network = networkOf(variant);
		const model = await openModel(encodeModel(network), { threads: 1 });
		const channels = network.inputs[0].shape![1] as number;
		const x = new Tensor('float32', new Float32Array(2 * channels * 48 * 32).fill(0.5), [2, channels, 48, 32]);
		const results = await model.run({ x });
		await model.close();
		if ('mask_logits' in results) t.same(results.mask_logits.dims, [2, 1, 48, 32]);
		if ('score_logits' in results) t.same(results.score_logits.dims, [2, 1]);
		t.ok(Object.keys(results).length > 0);
	});

	t.test(
		`${title} is deployed from raw bytes to probabilities, the same with batch normalisation folded`,
		async (t) => {
			const graph = deploy(networkOf(variant));
			const bytes = encodeModel(graph);
			t.ok(Buffer.from(encodeModel(decodeModel(bytes))).equals(bytes), 'reads back to the same bytes');
			const channels = graph.inputs[0].shape![3] as 1 | 3;
			const random = new Random(1);
			const image = Uint8Array.from({ length: 32 * 48 * channels }, () => random.integer(256));
			const inspect = async (bytes: Uint8Array) => {
				const inspector = await openInspector({ bytes, input: { ...size, channels } }, { threads: 1 });
				const result = await inspector.inspect(image);
				await inspector.close();
				return result;
			};
			const plain = await inspect(encodeModel(graph));
			const folded = await inspect(encodeModel(foldBatchNorm(graph).graph));
			t.ok(Math.abs(plain.score - folded.score) < 1e-5);
			t.equal(plain.mask?.length, folded.mask?.length);
			for (const [i, p] of (plain.mask ?? []).entries())
				if (Math.abs(p - folded.mask![i]) > 1e-5) t.fail(`pixel ${i}: ${p} and ${folded.mask![i]}`);
		},
	);
}

t.test('the score can be the head, the peak or the area of the mask, both, or learned of them', async (t) => {
	const network = networkOf(['unet', {}]);
	const scores: Record<string, number> = {};
	const learnedScore = { bias: -0.5, weights: { head: 0.7, area: 0.2 }, edge: 1e-6 };
	let mask: Float32Array = new Float32Array();
	for (const kind of SCORES) {
		const source = {
			bytes: encodeModel(deploy(network, { score: kind, learnedScore })),
			input: { ...size, channels: 1 },
		};
		const inspector = await openInspector(source, { threads: 1 });
		const seen = await inspector.inspect(new Uint8Array(32 * 48).fill(90));
		scores[kind] = seen.score;
		mask = seen.mask!;
		await inspector.close();
	}
	t.ok(Math.abs(scores.agreement - Math.sqrt(scores.head * scores.peak)) < 1e-6);
	const area = mask.reduce((sum, p) => sum + p ** 4 / (p ** 4 + (1 - p) ** 4), 0);
	t.ok(area > 0 && Math.abs(scores.area - area / (area + 25)) < 1e-6);
	t.ok(Math.abs(scores.learned - learnedScoreOf(scores, learnedScore)) < 1e-6, 'the graph computes what was fitted');
	t.throws(() => deploy(networkOf(['simple-cnn', {}]), { score: 'area' }), { code: 'CONFIG_INVALID' });
	t.throws(() => deploy(networkOf(['simple-cnn', {}]), { score: 'peak' }), { code: 'CONFIG_INVALID' });
});

t.test('the same seed builds the same network', async (t) => {
	const bytes = (seed: number) => encodeModel(NETWORKS.unet.create({ ...size, depth: 3, base: 4, seed }));
	t.ok(Buffer.from(bytes(1)).equals(bytes(1)));
	t.notOk(Buffer.from(bytes(1)).equals(bytes(2)));
});

t.test('a standardised input makes the result the same at any exposure, image by image', async (t) => {
	const network = networkOf(['simple-cnn', { input: 'standardized' }]);
	const model = await openModel(encodeModel(network), { threads: 1 });
	const random = new Random(4);
	const part = Float32Array.from({ length: 48 * 32 }, () => random.between(0.1, 0.5));
	const exposures = [part, part.map((v) => v * 1.7 + 0.05), part.map(() => 0.9)];
	const x = new Tensor(
		'float32',
		exposures.flatMap((image) => Array.from(image)),
		[3, 1, 48, 32],
	);
	const [dark, bright, flat] = (await model.run({ x })).score_logits.data as Float32Array;
	await model.close();
	t.ok(Math.abs(dark - bright) < 0.1 * Math.abs(dark - flat), `${dark}, ${bright}; of an empty picture ${flat}`);
	t.ok(Number.isFinite(flat), 'a picture without any contrast is not divided by nothing');
});
