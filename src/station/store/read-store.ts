/** Reads a store while its station goes on: a connection of its own that can change nothing. */
import { DatabaseSync } from 'node:sqlite';
import { AndonError, messageOf } from '../../base/errors.ts';
import { InspectionTable } from './inspection-table.ts';
import { LabelTable } from './label-table.ts';
import { SampleTable } from './sample-table.ts';
import { SCHEMA_VERSION, versionOf } from './tables.ts';

/** What can be asked of a store, whether it is open for writing or not. */
export interface ReadableStore {
	readonly inspections: Pick<InspectionTable, 'recent' | 'find' | 'ofPart' | 'lastNumber'>;
	readonly labels: Pick<LabelTable, 'history' | 'recent' | 'labelled' | 'mask'>;
	readonly samples: Pick<SampleTable, 'drawn' | 'frames' | 'bytes' | 'oldestUnlabelled' | 'unlabelled'>;
	setting(name: string): unknown;
}

export interface OpenStoreReader extends ReadableStore {
	close(): void;
}

/** @throws FILE_UNREADABLE when there is no such file, STORE_INVALID when it is no store of this version */
export function readStore(path: string): OpenStoreReader {
	const db = open(path);
	try {
		if (versionOf(db) !== SCHEMA_VERSION) throw otherVersion(path, versionOf(db));
		const setting = db.prepare('SELECT value FROM settings WHERE name = ?');
		return {
			inspections: new InspectionTable(db),
			labels: new LabelTable(db),
			samples: new SampleTable(db),
			setting(name) {
				const row = setting.get(name);
				return row && JSON.parse(String(row.value));
			},
			close: () => db.close(),
		};
	} catch (cause) {
		db.close();
		if (cause instanceof AndonError) throw cause;
		throw unreadable(path, cause, 'STORE_INVALID');
	}
}

function open(path: string): DatabaseSync {
	try {
		const db = new DatabaseSync(path, { readOnly: true });
		db.exec('PRAGMA busy_timeout = 2000');
		return db;
	} catch (cause) {
		throw unreadable(path, cause, 'FILE_UNREADABLE');
	}
}

function unreadable(path: string, cause: unknown, code: 'FILE_UNREADABLE' | 'STORE_INVALID'): AndonError {
	const fix =
		'Check the path: `store.path` of the station’s file says where its store is; its folder must be readable.';
	return new AndonError(code, { expected: `a station's store at ${path}`, found: messageOf(cause), fix }, { cause });
}

function otherVersion(path: string, version: number): AndonError {
	return new AndonError('STORE_INVALID', {
		expected: `${path} to be a store of version ${SCHEMA_VERSION}`,
		found: `version ${version}`,
		fix:
			version > SCHEMA_VERSION
				? 'Read it with the version of andon that wrote it.'
				: 'Start its station once with this version of andon: that brings the store up to date.',
	});
}
