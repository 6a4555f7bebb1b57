import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { GroupCommit } from '../../../src/station/store/group-commit.ts';
import { configure } from '../../../src/station/store/tables.ts';

function open(t: Test) {
	const path = join(t.testdir(), 'store.db');
	const db = new DatabaseSync(path);
	t.teardown(() => db.close());
	configure(db);
	db.exec('CREATE TABLE t (x INTEGER)');
	const insert = db.prepare('INSERT INTO t VALUES (?)');
	const commits = new GroupCommit(db, (message) => t.equal(message, undefined, 'the disk takes writes'));
	return { path, commits, write: (x: number) => commits.write(() => insert.run(x)) };
}

const countIn = (path: string) => {
	const db = new DatabaseSync(path);
	const { n } = db.prepare('SELECT count(*) AS n FROM t').get() as { n: number };
	db.close();
	return n;
};

t.test('what is asked for together is committed together, and all of it is durable when it says so', async (t) => {
	const { path, commits, write } = open(t);
	const seen = [1, 2, 3].map((x) => write(x).then(() => countIn(path)));
	t.equal(commits.waiting, 3);
	t.same(await Promise.all(seen), [3, 3, 3], 'no one is told before the last one is in');
	t.equal(commits.waiting, 0);
});

t.test('writes that come while a commit rests wait for the next one, each once and in order', async (t) => {
	const { path, write } = open(t);
	const done: number[] = [];
	for (let x = 0; x < 20; x++) {
		void write(x).then(() => done.push(x));
		if (x % 3 === 0) await sleep(1);
	}
	await write(20);
	t.same(
		done,
		Array.from({ length: 20 }, (_, x) => x),
	);
	t.equal(countIn(path), 21);
});

t.test('what is durable comes into the database between commits, so that the log stays short', async (t) => {
	const { path, write } = open(t);
	await write(1);
	await sleep(1100);
	await write(2);
	await sleep(50);
	const alone = `${path}.alone`;
	copyFileSync(path, alone);
	t.equal(countIn(alone), 2, 'the file without its log has them');
});
