import { readdir, readFile, stat } from 'node:fs/promises';
import t from 'tap';
import { type CompareLossesRequest, compareLosses } from '../../src/pipeline/compare-losses/compare-losses.ts';
import { deviation, mean } from '../../src/pipeline/compare-losses/statistics.ts';
import { headOf, rowsOf } from '../../src/pipeline/compare-losses/summary.ts';
import { writeComparison } from '../../src/pipeline/compare-losses/write-comparison.ts';
import { openDataset } from '../../src/training/datasets/index.ts';
import { readTrainOptions } from '../../src/training/read-train-options.ts';

const set = ['network.options.base=4', 'network.options.depth=2', 'evaluations=1'];

async function request(dir: string, changes: Partial<CompareLossesRequest> = {}, more: readonly string[] = []) {
	return {
		dataset: await openDataset('simulated:count=60,size=64'),
		options: await readTrainOptions({ preset: 'plain', set: [...set, ...more], steps: 4, size: 32, batch: 4 }),
		losses: ['bce', 'iou', 'bce+0.5*dice(over=batch)'],
		on: 'mask',
		seeds: 2,
		runDir: dir,
		threads: 1,
		...changes,
	} as const;
}

t.test('every loss runs with every seed, and a finished run is not run again', async (t) => {
	const dir = t.testdir();
	const names: string[] = [];
	const totals = new Set<number>();
	const wanted = await request(dir, {
		onRun: (name) => names.push(name),
		onProgress: (_done, total) => totals.add(total),
	});
	const comparison = await compareLosses(wanted);
	t.same(names.slice(0, 4), ['bce seed 0', 'iou seed 0', 'bce+0.5*dice(over=batch) seed 0', 'bce seed 1']);
	t.same([...totals], [24]);
	t.same(
		comparison.losses.map(({ name, runs }) => [name, runs.length, runs.every(({ steps }) => steps === 4)]),
		wanted.losses.map((name) => [name, 2, true]),
	);
	const best = comparison.losses.toSorted(
		(a, b) => mean(b.runs.map((r) => r.metric!)) - mean(a.runs.map((r) => r.metric!)),
	);
	t.equal(comparison.chosen, best[0].name, 'val chooses');
	const aps = comparison.losses.flatMap(({ runs }) => runs.map(({ test }) => test!.ap));
	t.equal(new Set(aps).size > 1, true, 'losses and seeds differ');

	const folders = await readdir(dir);
	t.equal(folders.length, 6);
	const [first] = folders;
	const before = (await stat(`${dir}/${first}/result.json`)).mtimeMs;
	const again = await compareLosses({ ...wanted, onProgress: () => t.fail('nothing is left to run') });
	t.same(again, comparison);
	t.equal((await stat(`${dir}/${first}/result.json`)).mtimeMs, before);

	const more = await compareLosses({
		...wanted,
		losses: [...wanted.losses, 'tversky'],
		onProgress: (_, total) => t.equal(total, 8),
	});
	t.same(more.losses.slice(0, 3), comparison.losses);
});

t.test('the result is a table, a page and pictures', async (t) => {
	const dir = t.testdir();
	const comparison = await compareLosses(await request(dir, { losses: ['bce', 'dice'] }));
	const head = headOf(comparison);
	t.same(head.slice(0, 4), ['loss', 'val metric', 'image AP', 'pixel IoU']);
	for (const row of rowsOf(comparison)) {
		t.equal(row.length, head.length);
		t.match(row[2], /^\d\.\d{3} ± \d\.\d{3}$/);
	}
	const files = await writeComparison(comparison, `${dir}/out`);
	const page = await readFile(files.page, 'utf8');
	t.match(page, /Losses on simulated/);
	t.equal(page.match(/<svg/g)!.length, 5, 'a plot for each figure');
	t.equal(JSON.parse(await readFile(files.json, 'utf8')).losses.length, 2);
	for (const picture of files.pictures) t.same([...(await readFile(picture)).subarray(1, 4)], [...Buffer.from('PNG')]);
});

t.test('a run that diverges is a result, not the end of the comparison', async (t) => {
	const wild = ['optimizer.name=sgd', 'optimizer.options={}', 'schedule.kind=constant', 'schedule.rate=1e30'];
	const wanted = await request(t.testdir(), { losses: ['bce'], seeds: 1 }, wild);
	const comparison = await compareLosses(wanted);
	t.match(comparison.losses[0].runs[0], { metric: null, test: null, diverged: /Exploding gradients/ });
	t.equal(comparison.chosen, null);
	t.same(rowsOf(comparison)[0], ['bce', '–', '1, 1 diverged']);
});

t.test('losses on a head that is not there are refused before anything runs', async (t) => {
	const dir = t.testdir();
	await t.rejects(compareLosses(await request(dir, { on: 'score' })), { code: 'CONFIG_INVALID', message: /--on mask/ });
	await t.rejects(compareLosses(await request(dir, { losses: ['bce', 'bice'] })), { code: 'USAGE' });
	t.same(await readdir(dir), []);
});

t.test('mean and sample deviation', async (t) => {
	t.equal(mean([1, 2, 6]), 3);
	t.equal(deviation([1, 3]), Math.SQRT2);
});
