/** The tables of a station's database, and the settings under which nothing that was committed is lost. */
import type { DatabaseSync } from 'node:sqlite';

export const SCHEMA_VERSION = 1;

const TABLES = `
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
`;

/** WAL with a sync at every commit: what is committed survives `kill -9` and a power cut. */
export function configure(db: DatabaseSync): void {
	db.exec('PRAGMA busy_timeout = 500; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
}

/** Creates the tables in an empty database. @returns the version found, or undefined when the file is no store of ours */
export function prepare(db: DatabaseSync): number | undefined {
	const found = Number(db.prepare('PRAGMA user_version').get()!.user_version);
	if (found > 0) return found;
	if (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()!.n !== 0) return undefined;
	db.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
	return SCHEMA_VERSION;
}
