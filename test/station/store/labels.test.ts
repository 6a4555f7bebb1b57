import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Inspection } from '../../../src/station/inspection.ts';
import { readStore } from '../../../src/station/store/read-store.ts';
import { Store } from '../../../src/station/store/store.ts';

/** Written by the release before labels: six parts, unsent messages, a threshold that somebody set. */
const VERSION_1 = fileURLToPath(new URL('./fixtures/version-1.db', import.meta.url));
const TABLES = ['inspections', 'cursors', 'outbox', 'settings', 'audit'];

const inspectionOf = (sequence: number, verdict = 'ok') =>
	({ resultId: `r${sequence}`, camera: 'cam', bootId: 'b', sequence, partId: `p${sequence}`, verdict }) as Inspection;
const by = { who: 'ada', source: 'mqtt' };

t.test('a store of version 1 is brought up to date once, and every row of it is as it was', async (t) => {
	const path = join(t.testdir(), 'andon.db');
	await copyFile(VERSION_1, path);
	const rowsOf = () => {
		const db = new DatabaseSync(path, { readOnly: true });
		const rows = Object.fromEntries(TABLES.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]));
		const version = db.prepare('PRAGMA user_version').get()!.user_version;
		db.close();
		return { rows, version };
	};
	const before = rowsOf();
	t.equal(before.version, 1);
	t.equal(before.rows.inspections.length, 6);
	const store = new Store(path);
	t.equal(store.brokenAudit(), undefined, 'the audit chain still holds');
	t.equal(store.unsentCount, 12);
	t.equal(store.recent(10).length, 6);
	const label = await store.label({ ...by, resultId: store.recent(1)[0].resultId, defective: true });
	t.equal(label.number, 1);
	store.close();
	const { rows, version } = rowsOf();
	t.equal(version, 2);
	for (const table of TABLES)
		t.same(
			rows[table].slice(0, before.rows[table].length),
			before.rows[table].map((row) =>
				// Only the head of the audit log has moved on, with the label's entry.
				row.name === 'audit-head'
					? { ...row, value: rows.settings.find(({ name }) => name === 'audit-head')!.value }
					: row,
			),
			table,
		);
	const again = new Store(path);
	t.equal(again.labels.recent(10).length, 1);
	t.equal(again.audit(10).length, 2);
	again.close();
});

t.test('a migration that cannot be finished leaves the old store', async (t) => {
	const path = join(t.testdir(), 'andon.db');
	await copyFile(VERSION_1, path);
	const db = new DatabaseSync(path);
	// In the way of the last table, so that the first ones are made already.
	db.exec('CREATE TABLE frames (x)');
	t.throws(() => new Store(path), { code: 'STORE_UNWRITABLE' });
	t.equal(db.prepare('PRAGMA user_version').get()!.user_version, 1);
	t.equal(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('labels', 'draws')").get()!.n, 0);
	db.exec('DROP TABLE frames');
	db.close();
	new Store(path).close();
});

t.test('a later label supersedes, both stay, both are audited', async (t) => {
	const path = join(t.testdir(), 'andon.db');
	const store = new Store(path);
	for (const i of [1, 2]) await store.record(inspectionOf(i), undefined, []);
	const mask = Uint8Array.of(1, 2, 3);
	const first = await store.label({ ...by, resultId: 'r1', defective: true, class: 'scratch', mask, reason: 'seen' });
	t.match(first, { resultId: 'r1', defective: true, class: 'scratch', hasMask: true, reason: 'seen', who: 'ada' });
	await store.label({ ...by, resultId: 'r2', defective: false });
	const second = await store.label({ ...by, resultId: 'r1', defective: false });
	store.close();
	const again = new Store(path);
	t.same(again.labels.history('r1'), [first, second]);
	t.same(
		again.labels.recent(10).map(({ resultId, defective }) => [resultId, defective]),
		[
			['r1', false],
			['r2', false],
		],
	);
	t.same(again.labels.mask(first.number), mask);
	t.equal(again.labels.mask(second.number), undefined);
	t.match(again.audit(1)[0], { what: 'label', old: { number: first.number }, new: { number: second.number } });
	t.equal(again.brokenAudit(), undefined);
	t.same(again.recent(1)[0], inspectionOf(2), 'the records are as they were');
	await t.rejects(again.label({ ...by, resultId: 'r9', defective: true }), /FOREIGN KEY/);
	t.equal(again.audit(10).length, 3, 'a label that is not stored is not audited either');
	again.close();
});

t.test('the labelled parts come with their label in force and how likely they were drawn', async (t) => {
	const store = new Store(join(t.testdir(), 'andon.db'));
	await store.record(inspectionOf(1), undefined, [], 0.05);
	await store.record(inspectionOf(2, 'defect'), undefined, []);
	await store.record(inspectionOf(3, 'review'), undefined, [], 0.1);
	await store.record(inspectionOf(4, 'not-inspected'), undefined, [], 0.05);
	for (const [resultId, defective] of [
		['r3', true],
		['r1', true],
		['r1', false],
	] as const)
		await store.label({ ...by, resultId, defective });
	t.match(store.labels.labelled(0), [
		{ inspection: { resultId: 'r1' }, label: { defective: false }, drawn: 0.05 },
		{ inspection: { resultId: 'r3' }, label: { defective: true }, drawn: 0.1 },
	]);
	t.equal(store.labels.labelled(0).length, 2);
	t.equal(store.labels.labelled(1).length, 1);
	t.same(store.samples.drawn(0), { passed: 1, flagged: 1, probability: 0.05 });
	t.same(store.samples.drawn(4), { passed: 0, flagged: 0 });
	t.same(store.samples.unlabelled(0, 10), [], 'a part without a verdict waits for no label');
	store.close();
});

t.test('a store can be read while its station writes, and changed by no reader', async (t) => {
	const path = join(t.testdir(), 'andon.db');
	const store = new Store(path);
	const reader = readStore(path);
	await store.record(inspectionOf(1), undefined, []);
	await store.label({ ...by, resultId: 'r1', defective: true });
	t.equal(reader.inspections.lastNumber(), 1);
	t.match(reader.labels.recent(1), [{ resultId: 'r1' }]);
	await store.record(inspectionOf(2), undefined, []);
	t.equal(reader.inspections.ofPart('p2', 5)[0], 'r2');
	store.close();
	t.equal(reader.inspections.find('r1')?.partId, 'p1', 'also after the station has stopped');
	reader.close();
	await copyFile(VERSION_1, `${path}.1`);
	t.throws(() => readStore(`${path}.1`), { code: 'STORE_INVALID', message: /version 1\..*start/i });
	t.throws(() => readStore(`${path}.missing`), { code: 'FILE_UNREADABLE' });
});
