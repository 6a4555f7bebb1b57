import { join } from 'node:path';
import t from 'tap';
import { DRIFT_FILE, driftReferenceIn } from '../../src/bundle/drift-file.ts';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../../src/bundle/write-bundle.ts';
import { fitDrift, writeDrift } from '../../src/pipeline/drift-file.ts';
import { openDataset } from '../../src/training/datasets/index.ts';
import { writeStationBundle } from '../support/station-bundle.ts';

const SOURCE = 'simulated:seed=3,count=160,size=64';

t.test('the reference that is written is the one a station reads, scores of that very model included', async (t) => {
	const bundle = await openBundle(await writeStationBundle(join(t.testdir(), 'bundle')));
	t.equal(driftReferenceIn(bundle, 'fp32'), undefined, 'a bundle without one has none');
	const { file, bank, held } = await fitDrift(bundle, await openDataset(SOURCE), { split: 'all' });
	t.ok(bank >= 20 && held.sound >= 20 && held.defective > 0);
	const written = await writeDrift(bundle, file);
	const reference = driftReferenceIn(written, 'fp32')!;
	t.same(Object.keys(reference.cutPoints).sort(), [
		'brightness',
		'contrast',
		'highlights',
		'score',
		'shadows',
		'sharpness',
		'texture',
	]);
	t.equal(reference.held.length, held.sound + held.defective);
	t.ok(reference.held.every(({ values }) => values.score !== undefined && values.texture !== undefined));
	t.equal(written.manifest.version, bundle.manifest.version);
});

t.test('a reference is of parts as they are seen: through another view there is none', async (t) => {
	const bundle = await openBundle(await writeStationBundle(join(t.testdir(), 'bundle')));
	const view = { roi: { x: 16, y: 0, width: 40, height: 64 } };
	const dataset = await openDataset(SOURCE);
	const { file } = await fitDrift(bundle, dataset, { split: 'all', view });
	const whole = await fitDrift(bundle, dataset, { split: 'all' });
	t.notSame(file.cutPoints.brightness, whole.file.cutPoints.brightness);
	const written = await writeDrift(bundle, file);
	t.ok(driftReferenceIn(written, 'fp32', [view]));
	t.equal(driftReferenceIn(written, 'fp32'), undefined);
	t.equal(driftReferenceIn(written, 'fp32', [view, undefined]), undefined, 'one camera sees otherwise');
});

t.test('scores of another model than the one that runs are left out', async (t) => {
	const bundle = await openBundle(await writeStationBundle(join(t.testdir(), 'bundle')));
	const { file } = await fitDrift(bundle, await openDataset(SOURCE), { split: 'all' });
	const { manifest, files } = draftFrom(bundle);
	const foreign = JSON.stringify({ ...file, models: { fp32: 'ab'.repeat(32) } });
	const written = await writeBundle(bundle.dir, { manifest, files: new Map([...files, [DRIFT_FILE, foreign]]) });
	const reference = driftReferenceIn(written, 'fp32')!;
	t.notOk(reference.cutPoints.score);
	t.ok(reference.cutPoints.brightness);
});

t.test('too few parts are refused, and a file that is none of ours as well', async (t) => {
	const bundle = await openBundle(await writeStationBundle(join(t.testdir(), 'bundle')));
	await t.rejects(fitDrift(bundle, await openDataset('simulated:seed=3,count=40,size=64'), { split: 'all' }), {
		code: 'DATASET_INVALID',
	});
	const { manifest, files } = draftFrom(bundle);
	const broken = await writeBundle(bundle.dir, { manifest, files: new Map([...files, [DRIFT_FILE, '{"held":[]}']]) });
	t.throws(() => driftReferenceIn(broken, 'fp32'), { code: 'BUNDLE_INVALID' });
});
