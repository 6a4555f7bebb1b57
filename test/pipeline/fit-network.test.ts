import t from 'tap';
import { fitNetwork } from '../../src/pipeline/fit-network.ts';
import { openDataset } from '../../src/training/datasets/index.ts';
import { loadSplit } from '../../src/training/datasets/load-split.ts';
import { readTrainOptions } from '../../src/training/read-train-options.ts';

for (const preset of ['default', 'demo', 'plain'] as const)
	t.test(`the preset ${preset} trains without a gradient warning`, async (t) => {
		const set = ['width=64', 'height=64', 'network.options.base=8', 'evaluations=1'];
		const options = await readTrainOptions({ preset, set, steps: 48, batch: 6 });
		const dataset = await openDataset('simulated:count=60,size=64');
		const size = { width: 64, height: 64, channels: 1 } as const;
		const [train, val] = [await loadSplit(dataset, 'train', size), await loadSplit(dataset, 'val', size)];
		const splits = { train: { ...size, ...train }, val: { ...size, ...val }, test: { ...size, ...val } };
		const dir = t.testdir();
		const request = { dataset, options, out: `${dir}/bundle`, name: 'healthy', runDir: dir, resume: false, threads: 1 };
		const warnings: unknown[] = [];
		const { gradients } = await fitNetwork({ ...request, onWarning: (warning) => warnings.push(warning) }, splits);
		t.same(warnings, []);
		t.same(gradients.warnings, []);
		t.equal(gradients.steps.length, gradients.norms.length);
		t.ok(gradients.norms.every((row) => row.length === gradients.layers.length && row.every((norm) => norm > 0)));
	});

t.test('without masks a network that learns them is refused, and any that only scores is trained', async (t) => {
	const small = ['width=32', 'height=32', 'network.options.base=4', 'network.options.depth=3', 'evaluations=1'];
	const size = { width: 32, height: 32, channels: 1 } as const;
	const dataset = await openDataset('simulated:count=40,size=64');
	const train = { ...size, ...(await loadSplit(dataset, 'train', size)) };
	const unmasked = { ...train, hasMask: new Uint8Array(train.samples.length) };
	const splits = { train: unmasked, val: unmasked, test: unmasked };
	const fitWith = async (set: readonly string[]) => {
		const options = await readTrainOptions({ preset: 'plain', set: [...small, ...set], steps: 2, batch: 4 });
		const dir = t.testdir();
		return fitNetwork({ dataset, options, out: `${dir}/b`, name: 'b', runDir: dir, resume: false, threads: 1 }, splits);
	};
	await t.rejects(fitWith([]), { code: 'DATASET_INVALID', message: /mask=none/ });
	const scoring = ['network.options.mask=none', 'network.options.score=sigmoid', 'losses=[{name: bce, on: score}]'];
	t.same(
		(await fitWith(scoring)).network.outputs.map(({ name }) => name),
		['score_logits'],
	);
});
