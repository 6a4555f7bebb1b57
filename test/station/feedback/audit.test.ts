import { join } from 'node:path';
import t from 'tap';
import { auditStore } from '../../../src/station/feedback/audit.ts';
import { enterEpoch, type RulesInForce } from '../../../src/station/feedback/epoch.ts';
import type { Inspection, Verdict } from '../../../src/station/inspection.ts';
import { Store } from '../../../src/station/store/store.ts';

const operatingPoint = { threshold: 0.5, method: 'fixed', precision: 'fp32' } as const;
const rules: RulesInForce = { operatingPoint, manifestHash: 'm', precision: 'fp32', provider: 'cpu', configured: {} };
const by = { who: 'ada', source: 'mqtt' };

function lineOf(store: Store, recorded = 0) {
	let sequence = recorded;
	return async (verdict: Verdict, change: { drawn?: number; part?: string; threshold?: number; label?: boolean }) => {
		const resultId = `r${++sequence}`;
		const { drawn, part = resultId, threshold = 0.5, label } = change;
		const point = { ...operatingPoint, threshold };
		const inspection = { resultId, camera: 'c', bootId: 'b', sequence, partId: part, verdict, operatingPoint: point };
		await store.record(inspection as unknown as Inspection, undefined, [], drawn);
		if (label !== undefined) await store.label({ ...by, resultId, defective: label });
	};
}

t.test(
	'parts count from the last change of what decides, each once, and only those that were judged by it',
	async (t) => {
		const store = new Store(join(t.testdir(), 'andon.db'));
		const inspect = lineOf(store);
		t.throws(() => auditStore(store, 0.95), { code: 'STORE_INVALID', message: /Start the station once/ });
		await enterEpoch(store, { ...rules, operatingPoint: { ...operatingPoint, threshold: 0.4 } });
		await inspect('ok', { drawn: 0.1, label: true, threshold: 0.4 });
		const epoch = await enterEpoch(store, rules);
		t.equal(epoch.after, 1);
		await inspect('ok', { drawn: 0.1, label: true, threshold: 0.4 });
		await inspect('defect', { drawn: 0.1, label: true, part: 'twice' });
		await inspect('defect', { drawn: 0.1, label: true, part: 'twice' });
		await inspect('review', { drawn: 0.1, label: true });
		await inspect('defect', { label: true });
		await inspect('ok', { drawn: 0.1, label: false });
		await inspect('ok', { drawn: 0.1 });
		await inspect('not-inspected', { drawn: 0.1, label: true });
		t.match(auditStore(store, 0.95), {
			since: epoch.since,
			bundle: 'm',
			labelled: { defective: { stopped: 3, passed: 0 }, sound: { stopped: 0, passed: 1 } },
			recall: { count: 2, n: 2 },
			falseRejects: { count: 0, n: 1 },
			missed: { seen: 0 },
		});
		store.close();
	},
);

t.test('the same rules go on after a restart; any other one begins anew', async (t) => {
	const path = join(t.testdir(), 'andon.db');
	const store = new Store(path);
	const inspect = lineOf(store);
	const first = await enterEpoch(store, rules);
	await inspect('ok', {});
	store.close();
	const again = new Store(path);
	t.same(await enterEpoch(again, rules), first);
	const goOn = lineOf(again, 1);
	for (const change of [
		{ manifestHash: 'n' },
		{ precision: 'int8' },
		{ provider: 'cuda' },
		{ configured: { holdBand: 1 } },
	]) {
		await goOn('ok', {});
		const after = again.inspections.lastNumber();
		t.equal((await enterEpoch(again, { ...rules, ...change })).after, after, JSON.stringify(change));
	}
	again.close();
});
