/** The tables of a station's database, and the settings under which nothing that was committed is lost. */
import type { DatabaseSync } from 'node:sqlite';

/** What brings a store from each version to the next; the first one starts from nothing. Released ones never change. */
const MIGRATIONS: readonly string[] = [
	`
CREATE TABLE inspections (
	-- Order of recording, over all cameras and boots.
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	result_id TEXT NOT NULL UNIQUE,
	camera TEXT NOT NULL,
	boot_id TEXT NOT NULL,
	sequence INTEGER NOT NULL,
	part_id TEXT NOT NULL,
	verdict TEXT NOT NULL,
	-- The whole record as published, JSON.
	record TEXT NOT NULL
) STRICT;
CREATE INDEX inspections_by_part ON inspections (part_id);

-- Where each camera goes on after a restart; written with the inspection it belongs to.
CREATE TABLE cursors (camera TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT;

-- Messages that no broker has acknowledged yet.
CREATE TABLE outbox (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	topic TEXT NOT NULL,
	payload TEXT NOT NULL
) STRICT;

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE audit (
	sequence INTEGER PRIMARY KEY,
	at TEXT NOT NULL,
	who TEXT NOT NULL,
	source TEXT NOT NULL,
	what TEXT NOT NULL,
	old TEXT NOT NULL,
	new TEXT NOT NULL,
	reason TEXT,
	hash TEXT NOT NULL
) STRICT;
`,
	`
-- What people say about parts. The newest label of a result is in force; none is ever changed or removed.
CREATE TABLE labels (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	result_id TEXT NOT NULL REFERENCES inspections (result_id),
	at TEXT NOT NULL,
	who TEXT NOT NULL,
	source TEXT NOT NULL,
	defective INTEGER NOT NULL,
	class TEXT,
	-- PNG of one channel over the whole image, 255 where the defect is.
	mask BLOB,
	reason TEXT
) STRICT;
CREATE INDEX labels_by_result ON labels (result_id, number);

-- Parts that were drawn by lot, whatever their verdict, and how likely that was: what an audit may rest on.
CREATE TABLE draws (result_id TEXT PRIMARY KEY, probability REAL NOT NULL) STRICT, WITHOUT ROWID;

-- Pictures that lie as files beside the store, oldest first.
CREATE TABLE frames (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	result_id TEXT NOT NULL UNIQUE,
	bytes INTEGER NOT NULL
) STRICT;
`,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Pages in the log at which a commit would bring them into the database; `GroupCommit` does so long before. */
const MOST_LOGGED = 10_000;

/** WAL with a sync at every commit: what is committed survives `kill -9` and a power cut. */
export function configure(db: DatabaseSync): void {
	db.exec(`
PRAGMA busy_timeout = 500; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${MOST_LOGGED};`);
}

/**
 * Creates the tables in an empty database, or brings those of an older version up to date: all of it or nothing.
 *
 * @returns the version now, a newer one than ours as it was found, or undefined when the file is no store of ours
 */
export function prepare(db: DatabaseSync): number | undefined {
	const found = versionOf(db);
	if (found > SCHEMA_VERSION) return found;
	if (found === 0 && db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()!.n !== 0) return undefined;
	if (found < SCHEMA_VERSION) {
		const steps = MIGRATIONS.slice(found).join('');
		db.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
	}
	return SCHEMA_VERSION;
}

/** 0 in an empty database. */
export function versionOf(db: DatabaseSync): number {
	return Number(db.prepare('PRAGMA user_version').get()!.user_version);
}
