import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { driftReferenceOf } from '../../../src/metrics/drift/drift-reference.ts';
import { driftConfigSchema } from '../../../src/station/drift/drift-config.ts';
import { DriftWatch } from '../../../src/station/drift/drift-watch.ts';
import type { AuditDraft } from '../../../src/station/store/audit-log.ts';
import { silent } from '../../support/test-station.ts';

const ada = { who: 'ada', source: 'mqtt' } as const;

function partOf(random: Random, dim = 1) {
	return {
		defective: false,
		values: { brightness: dim * (100 + 5 * random.normal()), score: 0.02 + 0.01 * random.uniform() },
		signature: Array.from({ length: 6 }, () => random.normal()),
	};
}

/** A line with its store, over restarts. */
function lineOf(seed: number, { config = {}, bundled = true }: { config?: object; bundled?: boolean } = {}) {
	const random = new Random(seed);
	const parts = (n: number) => Array.from({ length: n }, () => partOf(random));
	const reference = bundled ? driftReferenceOf(parts(100), parts(200)) : undefined;
	const settings = new Map<string, string>();
	const audit: AuditDraft[] = [];
	const alerts: Record<string, unknown>[] = [];
	const store = {
		setting: (name: string) => JSON.parse(settings.get(name) ?? 'null') ?? undefined,
		remember: async (name: string, value: unknown) => void settings.set(name, JSON.stringify(value)),
		change: async (name: string, value: unknown, entry: AuditDraft) => {
			audit.push(entry);
			if (value === undefined) settings.delete(name);
			else settings.set(name, JSON.stringify(value));
		},
	};
	const start = (scope = 'bundle 1') =>
		new DriftWatch(
			{ station: 'line', cameras: ['cam'], config: driftConfigSchema.parse(config), reference, scope, place: '' },
			store,
			{ alert: (payload) => void alerts.push(payload as Record<string, unknown>), change: () => {} },
			silent,
			() => random.uniform(),
		);
	let sequence = 0;
	const take = (watch: DriftWatch, dim: number) => {
		const at = new Date(Date.UTC(2026, 0, 1) + 1000 * ++sequence).toISOString();
		watch.take('cam', partOf(random, dim), { partId: `part-${sequence}`, sequence, at });
	};
	const feed = (watch: DriftWatch, n: number, dim = 1) => {
		for (let i = 0; i < n; i++) take(watch, dim);
	};
	return { start, take, feed, audit, alerts };
}

t.test('an alarm says what moved, how far, since when and what to check, and voids the promise', async (t) => {
	const { start, feed, audit, alerts } = lineOf(1);
	const watch = start();
	feed(watch, 300);
	t.same(watch.promiseVoid, []);
	t.match(watch.state(), { status: 'watching', cameras: [{ parts: 300, reference: 'bundle', alarms: [] }] });
	feed(watch, 40, 0.88);
	const [alarm] = watch.state().cameras[0].alarms;
	t.match(alarm, { statistic: 'brightness', change: 'down' });
	t.ok(Math.abs(alarm.since.sequence - 301) <= 3, `since ${alarm.since.partId}`);
	t.match(alarm.message, /^The picture is 1[0-4] % darker than in calibration since part part-\d+ .*check the light/);
	t.same(watch.promiseVoid, [alarm.message]);
	t.match(alerts, [{ kind: 'drift', station: 'line', camera: 'cam', statistic: 'brightness', standing: true }]);
	t.match(audit, [{ who: 'andon', what: 'drift', old: null, new: alarm.message }]);
});

t.test('when parts look as before again, the alarm ends and says so', async (t) => {
	const { start, feed, audit, alerts } = lineOf(2);
	const watch = start();
	feed(watch, 60, 0.88);
	feed(watch, 500);
	t.same(watch.promiseVoid, []);
	t.same(
		alerts.map(({ standing }) => standing),
		[true, false],
	);
	t.equal(audit.at(-1)!.new, null);
});

t.test('alarms and evidence survive a restart, but not another bundle', async (t) => {
	const { start, feed, audit } = lineOf(3);
	const first = start();
	feed(first, 60, 0.88);
	first.keep();
	const again = start();
	t.same(again.state(), first.state());
	t.equal(again.promiseVoid.length, 1);
	const other = start('bundle 2');
	t.same(other.promiseVoid, []);
	t.match(audit.at(-1), { what: 'drift', new: null, reason: /another bundle/ });
});

t.test('a reset ends alarms; if nothing was repaired, they come back', async (t) => {
	const { start, feed, audit } = lineOf(4);
	const watch = start();
	feed(watch, 60, 0.88);
	await watch.reset({ reference: 'keep' }, { ...ada, reason: 'lamp cleaned' });
	t.same(watch.promiseVoid, []);
	t.match(audit.at(-1), { who: 'ada', what: 'drift', new: 'reset: keep', reason: 'lamp cleaned' });
	feed(watch, 60, 0.88);
	t.equal(watch.promiseVoid.length, 1);
});

t.test('what is learned after a change does not bring the promise back; calibration does', async (t) => {
	const { start, feed } = lineOf(5, { config: { learnParts: 100 } });
	const watch = start();
	feed(watch, 60, 0.88);
	await watch.reset({ reference: 'learn' }, ada);
	t.match(watch.state(), { status: 'learning', cameras: [{ learning: { parts: 0, of: 100 } }] });
	feed(watch, 100, 0.88);
	t.match(watch.state(), { status: 'watching', cameras: [{ reference: 'station', alarms: [] }] });
	feed(watch, 300, 0.88);
	t.same(watch.state().cameras[0].alarms, []);
	t.match(watch.promiseVoid, [/not with calibration/]);
	watch.keep();
	t.match(start().promiseVoid, [/not with calibration/], 'after a restart too');
	await watch.reset({ reference: 'bundle' }, ada);
	t.same(watch.promiseVoid, []);
	feed(watch, 60, 0.88);
	t.equal(watch.promiseVoid.length, 1);
});

t.test('a station without a reference is off, or learns its own when told to', async (t) => {
	const off = lineOf(6, { bundled: false }).start();
	t.match(off.state(), { status: 'off', why: /andon drift fit/ });
	await t.rejects(off.reset({ reference: 'keep' }, ada), { code: 'COMMAND_INVALID' });
	const { start, feed } = lineOf(7, { bundled: false, config: { enabled: true, learnParts: 200 } });
	const watch = start();
	await t.rejects(watch.reset({ reference: 'bundle' }, ada), { code: 'COMMAND_INVALID' });
	await t.rejects(watch.reset({ reference: 'keep', camera: 'none' }, ada), { code: 'COMMAND_INVALID' });
	feed(watch, 200);
	t.match(watch.state(), { status: 'watching', cameras: [{ reference: 'station' }] });
	t.same(watch.promiseVoid, [], 'nothing is known to have changed');
	feed(watch, 60, 0.85);
	t.match(watch.state().cameras[0].alarms[0].message, /darker than when this station learned/);
});

t.test('a line whose neighbours resemble each other is tested at every so many parts', async (t) => {
	const { start, feed } = lineOf(8, { config: { everyParts: 10 } });
	const watch = start();
	feed(watch, 95);
	t.equal(watch.state().cameras[0].parts, 10);
});

t.test('a line whose neighbours resemble each other is told so, with how many parts to leave out', async (t) => {
	const { start, take } = lineOf(9, { config: { falseAlarmParts: 1_000_000_000 } });
	const watch = start();
	const light = new Random(10);
	let wander = 0;
	for (let i = 0; i < 1500; i++) {
		wander = 0.9 * wander + Math.sqrt(1 - 0.9 ** 2) * light.normal();
		take(watch, 1 + 0.05 * wander);
	}
	const [camera] = watch.state().cameras;
	t.match(camera.correlated, { statistic: 'brightness' });
	t.ok(camera.correlated!.everyParts >= 3, String(camera.correlated!.everyParts));
	const { start: other, feed } = lineOf(11);
	const independent = other();
	feed(independent, 1500);
	t.notOk(independent.state().cameras[0].correlated);
});
