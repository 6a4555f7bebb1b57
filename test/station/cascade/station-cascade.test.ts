/** A station runs the gate where it may, says where it does not and why, and shows what it spares. */
import { join } from 'node:path';
import t from 'tap';
import type { Inspected } from '../../../src/inference/inspector-model.ts';
import { addCascade } from '../../../src/pipeline/cascade/add-cascade.ts';
import { prepareGate } from '../../../src/pipeline/cascade/prepare-gate.ts';
import { type Gated, gatedInspection } from '../../../src/station/cascade/gated-inspection.ts';
import { openDataset } from '../../../src/training/datasets/index.ts';
import { greyParts, writeGate, writeGreyBundle, writeGreyDataset } from '../../support/gated-bundle.ts';
import { configOf, stationOf, writeImages } from '../../support/test-station.ts';

const parts = greyParts(24);
const dir = t.testdir();
const dataset = await openDataset(await writeGreyDataset(join(dir, 'parts'), parts));
const plain = await writeGreyBundle(join(dir, 'bundle'), parts);
// Above the darkest defective one, so that the gate has a floor.
const gate = await prepareGate(writeGate(join(dir, 'gate.onnx')), plain.manifest.input);
const bundle = await addCascade(plain, gate, { dataset }, { keep: 1 });

t.test('dark parts are gated, bright ones inspected, and the saving is shown', async (t) => {
	const { station, inspections, until } = await started(t.testdir(), {});
	await until(() => inspections.length === 8);
	t.match(station.state().cascade, { gating: true, gate: 'gate.onnx' });
	t.equal(station.state().cascade?.why, undefined);
	for (const { verdict, score, gated, gateScore, why } of inspections) {
		if (verdict === 'ok') t.match({ score, gated, why }, { score: 0, gated: true, why: /gate finds it surely sound/ });
		else {
			t.equal(gated, undefined);
			t.ok(Math.abs(score! - 230 / 255) < 1e-6);
		}
		t.type(gateScore, 'number');
	}
	t.match(station.stats().cascade, { judged: 8, gated: 4, share: 0.5, meanMs: Number, savedMs: Number });
	await station.stop();
});

t.test('the gate is off where its parts could count: a lower threshold, a rule, a hold band', async (t) => {
	const own = t.testdir();
	for (const [overrides, why] of [
		[{ decision: { severity: ['review if count > 3'] } }, /rule "review if count > 3"/],
		[{ holdBand: { below: 1, above: 0 } }, /hold band/],
	] as const) {
		const { station, inspections, until } = await started(join(own, why.source.slice(0, 4)), overrides);
		await until(() => inspections.length === 8);
		t.match(station.state().cascade, { gating: false, why });
		t.ok(inspections.every(({ gated, gateScore }) => gated === undefined && gateScore === undefined));
		t.equal(station.stats().cascade, undefined);
		await station.stop();
	}
	const { station } = await started(join(own, 'lowered'), {});
	const by = { who: 'tess', source: 'console' } as const;
	const answer = await station.command('set-threshold', { value: 0, reason: 'to see' }, by);
	t.ok(answer.ok, JSON.stringify(answer.error));
	t.match(station.state().cascade, { gating: false, why: /threshold, 0, is not above 0.5098/ });
	await station.stop();
});

t.test('a threshold that is lowered while the gate runs sends the part to the inspector', async (t) => {
	let threshold = 0.5;
	const calls: boolean[] = [];
	const inspector = { gating: true } as Gated['inspector'];
	const gated = { manifest: { floors: { fp32: 0.2 } }, precision: 'fp32', inspector } as unknown as Gated;
	const rules = {
		policy: { rules: [] } as never,
		operatingPoint: () => ({ threshold, method: 'fixed', precision: 'fp32' }) as const,
	};
	const inspect = async (): Promise<{ inspected: Inspected }> => {
		calls.push(inspector.gating);
		if (!inspector.gating) return { inspected: { score: 0.15 } };
		threshold = 0.1;
		return { inspected: { score: 0, gateScore: 0.01, gated: true } };
	};
	t.match((await gatedInspection(gated, rules, inspect)).inspected, { score: 0.15, gated: undefined });
	t.same(calls, [true, false]);
});

async function started(own: string, overrides: object) {
	const camera = { source: 'folder', path: await writeImages(join(own, 'images'), 8) };
	const run = stationOf(configOf(own, bundle.dir, camera, overrides));
	await run.station.start();
	return run;
}
