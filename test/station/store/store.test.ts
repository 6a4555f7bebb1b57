import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import type { Inspection } from '../../../src/station/inspection.ts';
import { Store } from '../../../src/station/store/store.ts';

const inspectionOf = (sequence: number) =>
	({
		resultId: `r${sequence}`,
		camera: 'cam',
		bootId: 'b',
		sequence,
		partId: `p${sequence}`,
		verdict: 'ok',
	}) as Inspection;
const messageOf = (sequence: number) => [{ topic: 'inspection', payload: { sequence } }] as const;
const change = { who: 'ada', source: 'console', what: 'x', old: 1, new: 2 };

t.test('a part, its camera position and its message are there together after reopening', async (t) => {
	const path = join(t.testdir(), 'deep', 'andon.db');
	const store = new Store(path);
	await Promise.all([1, 2, 3].map((i) => store.record(inspectionOf(i), { at: i }, messageOf(i))));
	t.equal(store.unsentCount, 3);
	store.close();
	const again = new Store(path);
	t.same(
		again.recent(2).map(({ resultId }) => resultId),
		['r3', 'r2'],
	);
	t.same(again.cursor('cam'), { at: 3 });
	t.equal(again.cursor('other'), undefined);
	t.equal(again.unsentCount, 3);
	const [first] = again.unsent(0, Number.MAX_SAFE_INTEGER, 1);
	t.match(first, { topic: 'inspection', payload: '{"sequence":1}' });
	again.sent(first.number);
	again.close();
	const last = new Store(path);
	t.equal(last.unsentCount, 2);
	t.equal(last.lastNumber(), 3, 'numbers are never used again');
	last.close();
});

t.test('a result id is recorded once', async (t) => {
	const store = new Store(join(t.testdir(), 'andon.db'));
	await store.record(inspectionOf(1), 'first', messageOf(1));
	await t.rejects(store.record(inspectionOf(1), 'second', messageOf(1)));
	t.equal(store.cursor('cam'), 'first', 'nothing of the refused record stays');
	t.equal(store.unsentCount, 1);
	store.close();
});

t.test('WAL and a sync at every commit are really on', async (t) => {
	const path = join(t.testdir(), 'andon.db');
	const store = new Store(path);
	const reader = new DatabaseSync(path);
	t.match(reader.prepare('PRAGMA journal_mode').get(), { journal_mode: 'wal' });
	reader.close();
	store.close();
});

t.test('boots have an order and never the same name', async (t) => {
	const path = join(t.testdir(), 'andon.db');
	const names = [1, 2, 3].map(() => {
		const store = new Store(path);
		const name = store.newBoot();
		store.close();
		return name;
	});
	t.same(names.toSorted(), names);
	t.equal(new Set(names).size, 3);
});

t.test('edits, deletions and truncation of the audit log are noticed', async (t) => {
	const tampering: [string, number | undefined][] = [
		['SELECT 1', undefined],
		["UPDATE audit SET who = 'eve' WHERE sequence = 2", 2],
		["UPDATE audit SET new = '3' WHERE sequence = 1", 1],
		['DELETE FROM audit WHERE sequence = 2', 2],
		['DELETE FROM audit WHERE sequence = 3', 3],
		['DELETE FROM audit', 1],
	];
	for (const [i, [sql, broken]] of tampering.entries()) {
		const path = join(t.testdir(), `${i}.db`);
		const store = new Store(path);
		await Promise.all([1, 2, 3].map((n) => store.change('x', n, change)));
		t.equal(store.setting('x'), 3);
		t.equal(store.auditHead.entries, 3);
		store.close();
		const eve = new DatabaseSync(path);
		eve.exec(sql);
		eve.close();
		const again = new Store(path);
		t.equal(again.brokenAudit(), broken, sql);
		again.close();
	}
});

t.test('a disk that refuses is reported; what was to be written is written when it takes writes again', async (t) => {
	const path = join(t.testdir(), 'andon.db');
	const faults: (string | undefined)[] = [];
	const store = new Store(path, (message) => faults.push(message));
	// Another writer holds the file longer than the busy timeout would wait, which is the refusal that a test can make.
	const other = new DatabaseSync(path);
	other.exec('BEGIN IMMEDIATE');
	const recorded = store.record(inspectionOf(1), undefined, messageOf(1));
	while (faults.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
	t.match(faults[0], /locked/);
	t.equal(store.waiting, 1);
	other.exec('ROLLBACK');
	other.close();
	await recorded;
	t.equal(faults.at(-1), undefined);
	t.equal(store.recent(10).length, 1);
	store.close();
});

t.test('a store that cannot be used is refused, and a second station on the same one too', async (t) => {
	const dir = t.testdir({
		file: 'text',
		text: { 'andon.db': 'this is no database, but long enough to be read as one'.repeat(40) },
	});
	const opening = (path: string) => () => new Store(path).close();
	t.throws(opening(join(dir, 'file', 'andon.db')), { code: 'STORE_UNWRITABLE' });
	t.throws(opening('/proc/andon.db'), { code: 'STORE_UNWRITABLE' });
	t.throws(opening(join(dir, 'text', 'andon.db')), { code: 'STORE_INVALID' });
	const foreign = new DatabaseSync(join(dir, 'foreign.db'));
	foreign.exec('CREATE TABLE t (x)');
	foreign.close();
	t.throws(opening(join(dir, 'foreign.db')), { code: 'STORE_INVALID' });
	const newer = new DatabaseSync(join(dir, 'newer.db'));
	newer.exec('PRAGMA user_version = 99');
	newer.close();
	t.throws(opening(join(dir, 'newer.db')), { code: 'STORE_INVALID', message: /version 99/ });
	const store = new Store(join(dir, 'one.db'));
	t.throws(opening(join(dir, 'one.db')), { code: 'STORE_UNWRITABLE', message: /another station/ });
	store.close();
	t.doesNotThrow(opening(join(dir, 'one.db')));
});
