import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { openBundle } from '../../../src/bundle/open-bundle.ts';
import { loadSplits } from '../../../src/pipeline/load-splits.ts';
import { type SearchRequest, search } from '../../../src/pipeline/search/search.ts';
import { searchAndTrain } from '../../../src/pipeline/search/search-and-train.ts';
import type { Splits } from '../../../src/pipeline/train-request.ts';
import { openDataset } from '../../../src/training/datasets/index.ts';
import { readTrainOptions } from '../../../src/training/read-train-options.ts';

const set = ['network.options.base=4', 'network.options.depth=2', 'evaluations=2', 'confidence=0.8'];

async function request(dir: string, more: readonly string[] = [], steps = 6): Promise<SearchRequest> {
	return {
		dataset: await openDataset('simulated:count=80,size=64'),
		options: await readTrainOptions({ preset: 'plain', set: [...set, ...more], steps, size: 32, batch: 4 }),
		out: `${dir}/bundle`,
		name: 'searched',
		runDir: `${dir}/run`,
		resume: false,
		threads: 1,
		trials: 3,
	};
}

/** Splits whose `test` must not be read. */
async function guarded({ dataset, options }: SearchRequest): Promise<Splits> {
	const { train, val } = await loadSplits(dataset, options);
	return {
		train,
		val,
		get test(): Splits['test'] {
			throw new Error('a search must not look at test');
		},
	};
}

t.test('a search tries the given settings and others, ranks them by val and never looks at test', async (t) => {
	const wanted = await request(t.testdir());
	const seen: number[] = [];
	const found = await search({ ...wanted, onTrial: ({ trial }) => seen.push(trial) }, await guarded(wanted));
	t.same(seen, [0, 1, 2]);
	const { trials, rounds, leftOut } = found.search;
	t.same([rounds, leftOut], [[{ trials: 3, steps: 6 }], 0]);
	const metrics = trials.map((trial) => trial.metrics.at(-1)!);
	t.same(
		metrics,
		metrics.toSorted((a, b) => b - a),
	);
	t.equal(found.winner.name, `trial ${trials[0].trial} round 1`);
	t.same(JSON.parse(await readFile(`${wanted.runDir}/search.json`, 'utf8')).trials[0].trial, trials[0].trial);

	const again = await search(
		{ ...wanted, onSearchProgress: () => t.fail('nothing is left to run') },
		await guarded(wanted),
	);
	t.same(again.search, found.search);
});

t.test('the best of a round go on to more steps', async (t) => {
	const wanted = { ...(await request(t.testdir(), ['evaluations=1'], 120)), trials: 4 };
	const totals = new Set<number>();
	const onSearchProgress = (_done: number, total: number) => totals.add(total);
	const { search: result } = await search({ ...wanted, onSearchProgress }, await guarded(wanted));
	t.same(result.rounds, [
		{ trials: 4, steps: 40 },
		{ trials: 1, steps: 120 },
	]);
	t.same(
		result.trials.map((trial) => trial.metrics.length),
		[2, 1, 1, 1],
	);
	const first = result.trials.map((trial) => trial.metrics[0]!);
	t.equal(first[0], Math.max(...first), 'the best of the first round went on');
	t.same([...totals], [(4 * 40 + 120) * 4]);
});

t.test('the winner becomes the bundle without being trained again', async (t) => {
	const dir = t.testdir();
	const wanted = await request(dir);
	const trained = await searchAndTrain({ ...wanted, onProgress: () => t.fail('trained once more') });
	t.equal(trained.search.trials.length, 3);
	t.equal(trained.best.metric, trained.search.trials[0].metrics.at(-1));
	const { manifest } = await openBundle(wanted.out);
	const options = manifest.training.options as { schedule: { rate: number } };
	const { drawn } = trained.search.trials[0];
	t.equal(options.schedule.rate, drawn?.learningRate ?? wanted.options.schedule.rate);
	t.equal((await readdir(`${dir}/run/trials`)).length, 3);
});

t.test('a trial that diverges loses; when all do, the search says so', async (t) => {
	const wild = ['optimizer.name=sgd', 'optimizer.options={}', 'schedule.kind=constant', 'schedule.rate=1e30'];
	const wanted = { ...(await request(t.testdir(), wild)), trials: 2 };
	await t.rejects(search(wanted, await guarded(wanted)), { code: 'TRAINING_DIVERGED', message: /all 2 diverged/ });
});

t.test('a time limit is planned for, kept for resuming, and refused when it is too short', async (t) => {
	const wanted = { ...(await request(t.testdir(), ['evaluations=1'], 40)), trials: 2, minutes: 10 };
	const plans: unknown[] = [];
	await search({ ...wanted, onPlan: (rounds, seconds) => plans.push(rounds, seconds! > 0) }, await guarded(wanted));
	t.same(plans, [[{ trials: 2, steps: 40 }], true]);
	const path = `${wanted.runDir}/search-plan.json`;
	const plan = await readFile(path, 'utf8');
	await search({ ...wanted, resume: true }, await guarded(wanted));
	t.equal(await readFile(path, 'utf8'), plan, 'a resumed search measures nothing anew');
	await t.rejects(search({ ...wanted, minutes: 0.0001 }, await guarded(wanted)), { code: 'USAGE' });
});
