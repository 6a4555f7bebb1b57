/** A gate is added where it costs nothing of the promise, refused where it would, and leaves no trace when it goes. */
import { join } from 'node:path';
import t from 'tap';
import { openCascade } from '../../../src/bundle/cascade/open-cascade.ts';
import { openBundle } from '../../../src/bundle/open-bundle.ts';
import { openProvenInspector } from '../../../src/bundle/open-proven-inspector.ts';
import { draftFrom, writeBundle } from '../../../src/bundle/write-bundle.ts';
import { addCascade } from '../../../src/pipeline/cascade/add-cascade.ts';
import { describeCascade } from '../../../src/pipeline/cascade/describe-cascade.ts';
import { prepareGate } from '../../../src/pipeline/cascade/prepare-gate.ts';
import { removeCascade } from '../../../src/pipeline/cascade/remove-cascade.ts';
import { evaluateBundle } from '../../../src/pipeline/evaluate.ts';
import { openDataset } from '../../../src/training/datasets/index.ts';
import { greyParts, writeGate, writeGreyBundle, writeGreyDataset } from '../../support/gated-bundle.ts';
import { runAndon } from '../../support/run-andon.ts';

const parts = greyParts(24);
const dir = t.testdir();
const source = await writeGreyDataset(join(dir, 'parts'), parts);
const dataset = await openDataset(source);
const file = writeGate(join(dir, 'gate.onnx'));

t.test('a gate that knows sound parts spares the inspector, and the promise is certified again', async (t) => {
	const before = await writeGreyBundle(join(t.testdir(), 'bundle'), parts);
	const gate = await prepareGate(file, before.manifest.input);
	const bundle = await addCascade(before, gate, { dataset }, { keep: 1 });
	const { cascade, operatingPoint } = bundle.manifest;
	t.match(cascade, { gate: { role: 'gate', precision: 'fp32' }, chosenOn: { split: 'val', parts: 10, kept: 10 } });
	t.equal(operatingPoint.threshold, before.manifest.operatingPoint.threshold);
	t.match(operatingPoint, { method: 'guaranteed-recall', recall: 0.6, falseRejects: { rate: 0, n: 12 } });
	const { splits, whyOff, falseRejects } = describeCascade(bundle);
	t.equal(whyOff, undefined);
	t.match(falseRejects, { withGate: { rate: 0 }, alone: { rate: 0 } });
	t.match(
		splits.find(({ split }) => split === 'test'),
		// The two that the inspector does not flag either.
		{ sound: { n: 12, gated: 12 }, defective: { gated: 2 } },
	);
	const evaluated = await evaluateBundle(bundle, dataset, { split: 'test' });
	t.match(evaluated, { gated: { ok: 12, defect: 2 }, image: { recall: 10 / 12 }, n: { ok: 12, defect: 12 } });
	t.match(await evaluateBundle(bundle, dataset, { split: 'test', withoutGate: true }), { whyNotGated: 'not wanted' });
	await t.test('and going, it leaves the scores, the point and the references of before', async (t) => {
		const after = await removeCascade(bundle);
		t.equal(after.manifest.cascade, undefined);
		t.same(after.manifest.operatingPoint, before.manifest.operatingPoint);
		t.same(after.calibration().exposures.toSorted(byImage), before.calibration().exposures.toSorted(byImage));
		t.same(after.readJson('parity/index.json'), before.readJson('parity/index.json'));
		await t.rejects(removeCascade(after), { code: 'USAGE' });
	});
});

t.test('one that would lose a certifying part is refused, with the threshold at which it would not', async (t) => {
	const before = await writeGreyBundle(join(t.testdir(), 'bundle'), parts);
	const gate = await prepareGate(file, before.manifest.input);
	const adding = addCascade(before, gate, { dataset }, { keep: 1, threshold: 0.7 });
	await t.rejects(adding, { code: 'GATE_REFUSED', facts: { found: /a gate at 0.7/, fix: /A gate at 0.\d+ or below/ } });
	t.equal((await openBundle(before.dir)).manifestHash, before.manifestHash, 'nothing was written');
});

t.test('parts that certify cannot choose, and images that are not there are named', async (t) => {
	const before = await writeGreyBundle(join(t.testdir(), 'bundle'), parts);
	const gate = await prepareGate(file, before.manifest.input);
	const few = await openDataset(await writeGreyDataset(join(t.testdir(), 'few'), greyParts(12)));
	await t.rejects(addCascade(before, gate, { dataset: few }, { keep: 1 }), { code: 'DATASET_INVALID' });
	const renamed = parts.map((part) => ({ ...part, split: part.split === 'test' ? ('val' as const) : part.split }));
	const same = await openDataset(await writeGreyDataset(join(t.testdir(), 'same'), renamed));
	await t.rejects(addCascade(before, gate, { dataset, val: same }, { keep: 1 }), {
		code: 'DATASET_INVALID',
		facts: { expected: /other parts/ },
	});
});

t.test('a gate is proved by references of its own, and with the inspector together', async (t) => {
	const before = await writeGreyBundle(join(t.testdir(), 'bundle'), parts);
	const bundle = await addCascade(before, await prepareGate(file, before.manifest.input), { dataset }, { keep: 1 });
	const opened = await opens(bundle.dir);
	t.match(await opened.inspect(new Uint8Array(64 * 64).fill(20)), { score: 0, gated: true });
	const bright = await opened.inspect(new Uint8Array(64 * 64).fill(220));
	t.ok(Math.abs(bright.score - 220 / 255) < 1e-6 && bright.mask && bright.gateScore! > 0.8);
	opened.gating = false;
	const dark = await opened.inspect(new Uint8Array(64 * 64).fill(20));
	t.ok(Math.abs(dark.score - 20 / 255) < 1e-6 && dark.gated === undefined, 'without the gate');
	await opened.close();
	const place = t.testdir();
	for (const [key, change] of [
		['gate', 0.1],
		['gate+fp32', 0.1],
	] as const) {
		const { manifest, files } = draftFrom(bundle);
		const index = JSON.parse(Buffer.from(bundle.read('parity/index.json')).toString());
		index.frames[1].outputs[key].score -= change;
		const wrong = { manifest, files: new Map([...files, ['parity/index.json', JSON.stringify(index)]]) };
		const { dir: at } = await writeBundle(join(place, key), wrong);
		await t.rejects(opens(at), { code: 'BUNDLE_PARITY_FAILED' }, key);
	}
});

t.test('andon cascade add, show and remove; tuning on other parts and quantizing ask for its removal', async (t) => {
	const { dir: bundle } = await writeGreyBundle(join(t.testdir(), 'bundle'), parts);
	const added = await runAndon('cascade', 'add', bundle, source, '--gate', file, '--keep', '1');
	t.equal(added.code, 0, added.stderr);
	t.match(added.stdout, /gated: 12 of 12 sound images, 2 of 12 defective ones/);
	t.match(JSON.parse((await runAndon('cascade', 'show', bundle, '--json')).stdout), { cascade: { keep: 1 } });
	t.match((await runAndon('bundle', 'show', bundle)).stdout, /gate +gate.onnx, fp32/);
	t.match(await runAndon('tune', bundle, source, '--threshold', '0.4', '--write'), {
		code: 1,
		stderr: /cascade remove/,
	});
	t.match(await runAndon('cascade', 'remove', bundle), { code: 0 });
	t.match(await runAndon('cascade', 'show', bundle), { code: 1, stderr: /cascade add/ });
});

async function opens(place: string) {
	const bundle = await openBundle(place);
	const { inspector } = await openProvenInspector(bundle, 'fp32');
	return openCascade(bundle, bundle.manifest.cascade!, 'fp32', inspector);
}

function byImage(a: { image: string }, b: { image: string }): number {
	return a.image < b.image ? -1 : 1;
}
