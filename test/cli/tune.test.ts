import { join } from 'node:path';
import t from 'tap';
import { certifyingScores } from '../../src/bundle/calibration.ts';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../../src/bundle/write-bundle.ts';
import { runAndon } from '../support/run-andon.ts';
import { tinyCalibration, tinyDraft } from '../support/tiny-bundle.ts';

const draft = await tinyDraft();

t.test('tune certifies from the scores in the bundle and changes nothing unless told to', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const { manifestHash } = await writeBundle(dir, draft);
	const { code, stdout } = await runAndon('tune', dir, '--recall', '0.95', '--json');
	t.equal(code, 0);
	const { operatingPoint, written, parts, audit } = JSON.parse(stdout);
	t.match(operatingPoint, {
		threshold: 0.41,
		method: 'guaranteed-recall',
		recall: 0.95,
		confidence: 0.95,
		n: 60,
		toleratedMisses: 0,
		precision: 'int8',
	});
	t.match(operatingPoint.falseRejects, { rate: 0, low: 0, n: 40 });
	t.strictSame([written, parts, audit.misses], [false, { defective: 60, sound: 40, perClass: { bright: 60 } }, 0]);
	t.equal((await openBundle(dir)).manifestHash, manifestHash);
	const words = (await runAndon('tune', dir, '--recall', '0.95')).stdout;
	for (const word of [
		'finds at least 95 % of defective parts',
		'60 defective',
		'88.1',
		'per 1,000 sound parts',
		'promises no recall',
		'half of the sound parts: 0 per 1,000 rejected',
		'of the other 20: 0 per 1,000, within the interval',
	])
		t.match(words, word);
});

t.test(
	'tune --write puts the point into the bundle and leaves every other file but the report as it was',
	async (t) => {
		const dir = join(t.testdir(), 'tiny');
		const before = await writeBundle(dir, draft);
		const { stdout } = await runAndon('tune', dir, '--recall', '0.9', '--confidence', '0.9', '--write', '--json');
		const after = await openBundle(dir);
		t.strictSame(after.manifest.operatingPoint, JSON.parse(stdout).operatingPoint);
		t.equal(JSON.parse(stdout).manifestHash, after.manifestHash);
		const { 'report.html': report, ...files } = before.manifest.files;
		t.ok(report);
		t.strictSame(after.manifest.files, files, 'a report of another point would be wrong');
		t.strictSame({ ...after.manifest, operatingPoint: 0 }, { ...before.manifest, operatingPoint: 0, files });
	},
);

t.test('a recall that the parts cannot prove is refused, and nothing is written', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const { manifestHash } = await writeBundle(dir, draft);
	const { code, stdout, stderr } = await runAndon('tune', dir, '--recall', '0.99', '--write', '--json');
	t.equal(code, 1);
	t.equal(JSON.parse(stdout).error.code, 'RECALL_NOT_CERTIFIABLE');
	t.match(stderr, '299 defective parts');
	t.match(stderr, '0.951');
	t.equal((await openBundle(dir)).manifestHash, manifestHash);
});

t.test('a threshold set by hand is taken, priced, and labelled as promising nothing', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await writeBundle(dir, draft);
	const { stdout } = await runAndon('tune', dir, '--threshold', '0.3', '--json');
	const { operatingPoint, audit } = JSON.parse(stdout);
	t.equal(operatingPoint.method, 'fixed');
	t.equal(operatingPoint.falseRejects.rate, 0.25);
	t.equal(operatingPoint.recall, undefined);
	t.equal(audit.misses, 0);
	t.equal((await runAndon('tune', dir, '--threshold', '0.3', '--recall', '0.9')).code, 1);
	t.equal((await runAndon('tune', dir, '--recall', '95')).code, 1);
});

t.test('only the certifying split counts, each part once, and a missing score is not passed over', async (t) => {
	const calibration = tinyCalibration();
	const [part] = calibration.exposures.slice(-1);
	const scored = (score: number) => ({ fp32: score, int8: score });
	const exposures = [
		...calibration.exposures,
		{ ...part, split: 'train', group: 'seen', scores: scored(0.01) },
		{ ...part, image: 'again.png', scores: scored(0.2) },
	];
	const scores = certifyingScores({ ...calibration, formatVersion: 1, exposures }, 'int8');
	t.equal(scores?.defective.length, 60, 'the trained one and the second exposure add none');
	t.equal(Math.min(...(scores?.defective ?? [])), 0.2, 'the lowest exposure speaks for the part');
	t.equal(scores?.sound.length, 40);
	t.strictSame(Object.keys(scores?.perClass ?? {}), ['bright']);
	const named = certifyingScores({ ...calibration, formatVersion: 1, exposures }, 'int8', ['stain']);
	t.strictSame(named?.perClass?.stain, [], 'a class without parts is named, so that nothing is promised for it');

	const gap = [...calibration.exposures.slice(1), { ...part, scores: { fp32: 0.5 } }];
	const dir = join(t.testdir(), 'tiny');
	const files = new Map([...draft.files, ['calibration.json', JSON.stringify({ ...calibration, exposures: gap })]]);
	await writeBundle(dir, { ...draft, files });
	t.match((await runAndon('tune', dir, '--recall', '0.9')).stderr, 'int8 score for every part');
	t.equal((await runAndon('tune', dir, '--recall', '0.9', '--precision', 'fp32')).code, 0);
});

t.test(
	'another model than the default is certified on its own scores, and keeps its point beside the default',
	async (t) => {
		const dir = join(t.testdir(), 'tiny');
		const before = await writeBundle(dir, draft);
		const flags = ['--recall', '0.9', '--precision', 'fp32', '--write', '--json'];
		const { code, stdout, stderr } = await runAndon('tune', dir, ...flags);
		t.equal(code, 0, stderr);
		const { operatingPoint } = JSON.parse(stdout);
		t.match(operatingPoint, { precision: 'fp32', method: 'guaranteed-recall', n: 60 });
		const after = await openBundle(dir);
		t.strictSame(after.manifest.operatingPoint, before.manifest.operatingPoint, 'the default keeps its own');
		t.strictSame(after.manifest.otherOperatingPoints, { fp32: operatingPoint });
	},
);

t.test('a calibration file that breaks its schema is refused with the path that is wrong', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const bundle = await writeBundle(dir, draft);
	for (const [text, word] of [
		['{}', 'exposures'],
		['[', 'JSON'],
		[JSON.stringify({ ...tinyCalibration(), exposures: [{ score: 2 }] }), 'exposures.0'],
	]) {
		const { manifest, files } = draftFrom(bundle);
		const broken = await writeBundle(dir, { manifest, files: new Map([...files, ['calibration.json', text]]) });
		t.throws(() => broken.calibration(), { code: 'BUNDLE_INVALID', message: new RegExp(word) });
	}
});

t.test('tune scores fresh parts with the models of the bundle, and writes those scores with the point', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const before = await writeBundle(dir, draft);
	const fresh = ['simulated:count=120,seed=3,size=64', '--recall', '0.9'];
	const { code, stdout, stderr } = await runAndon('tune', dir, ...fresh, '--split', 'all', '--write', '--json');
	t.equal(code, 0, stderr);
	const { operatingPoint, parts } = JSON.parse(stdout);
	t.equal(parts.defective + parts.sound, 120);
	t.equal(operatingPoint.n, parts.defective);
	const after = await openBundle(dir);
	t.strictSame(after.manifest.operatingPoint, operatingPoint);
	const calibration = after.calibration();
	t.equal(calibration.exposures.length, 120);
	// The tiny model's int8 is its fp32 times 0.99.
	for (const { scores } of calibration.exposures) t.ok(Math.abs(scores.int8 - 0.99 * scores.fp32) < 1e-6);
	t.strictSame(Buffer.from(after.model()), Buffer.from(before.model()));
	const again = await runAndon('tune', dir, '--recall', '0.9', '--json');
	t.strictSame(JSON.parse(again.stdout).operatingPoint, operatingPoint, 'and the bundle alone gives the same point');
	t.match((await runAndon('tune', dir, ...fresh)).stderr, 'can certify', 'the test split alone is too small');
});

t.test('every method of the table can be asked for, each with its own options only', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await writeBundle(dir, draft);
	const costs = ['--miss-cost', '50', '--false-reject-cost', '1', '--defect-rate', '0.02'];
	const asked: [string[], object][] = [
		[['--method', 'cost-weighted', ...costs], { threshold: 0.41, expectedCost: 0, measuredRecall: { rate: 1, n: 60 } }],
		[
			['--recall', '0.9', '--per-class', '--candidates', '8'],
			{ options: { candidates: 8 }, guarantees: [{ quantity: 'class-recall', class: 'bright', n: 60 }] },
		],
	];
	for (const [flags, expected] of asked) {
		const { code, stdout, stderr } = await runAndon('tune', dir, ...flags, '--json');
		t.equal(code, 0, stderr);
		t.match(JSON.parse(stdout).operatingPoint, expected, flags.join(' '));
	}
	const wrong = await runAndon('tune', dir, '--method', 'max-recall', '--recall', '0.9');
	t.match(wrong.stderr, 'options of max-recall: --budget, --confidence, --candidates, found --recall');
	t.match((await runAndon('tune', dir, '--method', 'max-recall', '--budget', '0.01')).stderr, '299 sound parts');
});

t.test('what-if shows what other thresholds would do, with the review load of a hold band', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	await writeBundle(dir, draft);
	const flags = ['--threshold', '0.45', '--what-if', '--hold-band', '0.06,0.025'];
	const { whatIf } = JSON.parse((await runAndon('tune', dir, ...flags, '--json')).stdout);
	const [row] = whatIf.rows.filter(({ threshold }: { threshold: number }) => threshold === 0.45);
	// 0.45 − 0.06 = 0.39: the highest sound score is held, and the defective ones from 0.41 to 0.47.
	t.match(row, {
		misses: { rate: 0, n: 60 },
		falseRejects: { rate: 0, n: 40 },
		falseReviews: { rate: 1 / 40 },
		reviews: { rate: 0.08, n: 100 },
		rejects: { rate: 0.53 },
	});
	const words = (await runAndon('tune', dir, ...flags, '--defect-rate', '0.02')).stdout;
	for (const word of ['▸ 0.45', 'per 1,000', 'defective  ', '2 % defective', '▲']) t.match(words, word);
});
