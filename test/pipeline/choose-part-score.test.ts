import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { emulateHalf } from '../../src/graph/passes/emulate-half.ts';
import { toHalf } from '../../src/graph/passes/to-half.ts';
import { learnedScoreOf } from '../../src/metrics/part-score/learned-score.ts';
import { deploy } from '../../src/networks/deploy.ts';
import { NETWORKS } from '../../src/networks/index.ts';
import { deploySettings, partScoreOf, withPartScore } from '../../src/pipeline/choose-part-score.ts';
import { quantizeModel } from '../../src/quantization/quantize-model.ts';
import { openDataset } from '../../src/training/datasets/index.ts';
import { loadSplit } from '../../src/training/datasets/load-split.ts';
import { imageAt } from '../../src/training/labelled-images.ts';
import { scoreImages } from '../../src/training/score-images.ts';

const size = { width: 64, height: 64, channels: 1 } as const;
const dataset = await openDataset('simulated:count=300,size=64,defectRate=0.4');
const val = { ...size, ...(await loadSplit(dataset, 'val', size)) };
/** Untrained, so that every score is as good as any other. */
const network = NETWORKS.unet.create({ ...size, base: 4, depth: 3, seed: 2 });
const settings = deploySettings({ score: 'auto', classGate: 'none' });
const options = { threads: 1 };
const scoresOf = async (graph: Parameters<typeof encodeModel>[0]) =>
	(await scoreImages({ bytes: encodeModel(graph) }, val, options)).images.map(({ score }) => score);

t.test('val compares every score that the heads allow, and clear evidence alone changes the usual one', async (t) => {
	const choice = await partScoreOf(network, val, 'auto', settings, options);
	t.same(
		choice.candidates.map(({ kind }) => kind),
		['agreement', 'head', 'peak', 'area', 'learned'],
	);
	t.equal(choice.images, val.samples.length);
	t.equal(deploySettings({ score: 'learned', classGate: 'none' }).score, undefined, 'while training the usual one');
	t.equal(deploySettings({ score: 'peak', classGate: 'none' }).score, 'peak');
});

t.test('a learned score is in the graph, on every precision', async (t) => {
	const choice = await partScoreOf(network, val, 'learned', settings, options);
	t.equal(choice.kind, 'learned');
	const float = deploy(network, withPartScore(settings, choice));
	const found = await scoresOf(float);
	const kinds = Object.keys(choice.learned!.weights) as ('head' | 'peak' | 'area')[];
	const apart = await Promise.all(kinds.map((score) => scoresOf(deploy(network, { ...settings, score }))));
	for (const [i, score] of found.entries()) {
		const expected = learnedScoreOf(Object.fromEntries(kinds.map((kind, k) => [kind, apart[k][i]])), choice.learned!);
		if (Math.abs(score - expected) > 1e-4) t.fail(`image ${i}: ${score} in the graph, ${expected} as fitted`);
	}
	const half = await scoresOf(emulateHalf(toHalf(float).graph));
	const images = Array.from({ length: 16 }, (_, i) => imageAt(val, i));
	const { graph } = await quantizeModel(float, images, { threads: 1 });
	const int8 = await scoresOf(graph);
	const worst = (others: readonly number[]) => Math.max(...others.map((score, i) => Math.abs(score - found[i])));
	t.ok(worst(half) < 0.02, `fp16 differs by ${worst(half)}`);
	t.ok(worst(int8) < 0.2, `int8 differs by ${worst(int8)}`);
});

t.test('what cannot be learned is refused', async (t) => {
	const classifier = NETWORKS['simple-cnn'].create({ ...size, depth: 2, base: 4 });
	await t.rejects(partScoreOf(classifier, val, 'learned', settings, options), { code: 'CONFIG_INVALID' });
	t.equal((await partScoreOf(classifier, val, 'auto', settings, options)).kind, 'head');
	const few = { ...val, samples: val.samples.slice(0, 12) };
	await t.rejects(partScoreOf(network, few, 'learned', settings, options), { code: 'DATASET_INVALID' });
});
