import { join } from 'node:path';
import t from 'tap';
import { DRIFT_FILE } from '../../src/bundle/drift-file.ts';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { runAndon } from '../support/run-andon.ts';
import { writeStationBundle } from '../support/station-bundle.ts';

const SOURCE = 'simulated:seed=3,count=160,size=64';

t.test('andon drift fit measures what parts look like, and writes it when told to', async (t) => {
	const bundle = await writeStationBundle(join(t.testdir(), 'bundle'));
	const dry = await runAndon('drift', 'fit', bundle, SOURCE, '--split', 'all', '--json');
	t.equal(dry.code, 0, dry.stderr);
	const { statistics, held, written } = JSON.parse(dry.stdout);
	t.same([written, held.sound >= 20], [false, true]);
	t.same(statistics.map(({ name }: { name: string }) => name).sort(), [
		'brightness',
		'contrast',
		'highlights',
		'score',
		'shadows',
		'sharpness',
		'texture',
	]);
	t.notOk(DRIFT_FILE in (await openBundle(bundle)).manifest.files);
	const wet = await runAndon('drift', 'fit', bundle, SOURCE, '--split', 'all', '--write');
	t.match(wet.stdout, /brightness [\d.]+, half of the sound parts within/);
	t.ok(DRIFT_FILE in (await openBundle(bundle)).manifest.files);
});

t.test('a dataset that is too small is refused in words', async (t) => {
	const bundle = await writeStationBundle(join(t.testdir(), 'bundle'));
	const { code, stderr } = await runAndon('drift', 'fit', bundle, 'simulated:count=30,size=64');
	t.equal(code, 1);
	t.match(stderr, /at least 20 sound images .*\[DATASET_INVALID\]/);
});

t.test('andon bench drift prints cases with their bound and their spread', async (t) => {
	const flags = ['--parts', '500', '--runs', '1', '--seeds', '1', '--held', '60', '--frames', '60', '--size', '64'];
	const { code, stdout, stderr } = await runAndon('bench', 'drift', ...flags, '--rate', '10000', '--json');
	t.equal(code, 0, stderr);
	const { cases } = JSON.parse(stdout);
	t.match(cases[0], { metric: 'false alarms in 500 parts, mean', bound: 0.05, runs: 1, spread: {} });
	t.ok(cases.some(({ name, ours }: { name: string; ours: number }) => name.endsWith('new texture') && ours < 100));
});
