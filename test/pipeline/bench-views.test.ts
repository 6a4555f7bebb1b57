import { join } from 'node:path';
import t from 'tap';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { benchViews } from '../../src/pipeline/bench-views/bench-views.ts';
import { compareStitching } from '../../src/pipeline/bench-views/compare-stitching.ts';
import { openDataset } from '../../src/training/datasets/index.ts';
import { writeStationBundle } from '../support/station-bundle.ts';

const bundle = await openBundle(await writeStationBundle(join(t.testdir(), 'bundle')));
const view = { tiles: { overlap: 16 } };

t.test('a frame in tiles is timed beside bare runs, and batches beside one tile at a time', async (t) => {
	const frame = { width: 150, height: 100 };
	const cases = await benchViews(bundle, { view, frame, batches: [1, 2], threads: 1, rounds: 1 });
	t.match(cases, [
		{ name: '6 tiles of 150 × 100', beside: 'as many bare runs of the model' },
		{ name: '6 tiles of 150 × 100, 2 at once', beside: 'one after the other' },
	]);
	for (const { ours, peer, ratio } of cases) t.equal(ratio, peer! / ours!);
});

t.test('a model that looks at single pixels gives the same mask however its tiles are put together', async (t) => {
	const dataset = await openDataset('simulated:seed=3,count=40,size=100');
	const cases = await compareStitching(bundle, dataset, { view, split: 'test', threads: 1 });
	t.equal(cases.length, 3);
	for (const { metric, ours, peer } of cases) t.ok(Math.abs(ours! - peer!) < 1e-3 * Math.max(1, peer!), metric);
});
