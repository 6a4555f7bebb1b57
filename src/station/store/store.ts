/** What a station must not lose: inspections, labels, camera positions, unsent messages, settings and the audit log. */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AndonError, messageOf } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import type { Inspection } from '../inspection.ts';
import type { AuditEntry, Label } from '../station-view.ts';
import { type AuditDraft, type AuditHead, AuditLog } from './audit-log.ts';
import { GroupCommit } from './group-commit.ts';
import { InspectionTable } from './inspection-table.ts';
import { type LabelDraft, LabelTable } from './label-table.ts';
import type { ReadableStore } from './read-store.ts';
import { type KeptFrame, SampleTable } from './sample-table.ts';
import { configure, prepare, SCHEMA_VERSION } from './tables.ts';

/** A message for the publishers. */
export interface Outgoing {
	/** Below `<prefix>/<station>/`. */
	readonly topic: 'inspection' | 'alert';
	readonly payload: object;
}

export interface Unsent {
	readonly number: number;
	readonly topic: string;
	/** JSON. */
	readonly payload: string;
}

/** A message about a part that the broker has now. */
export interface Delivered {
	readonly camera: string;
	/** Since the part's record was durable. */
	readonly ms: number;
}

/** Messages whose way to the broker is timed at once; in a long outage there are more. */
const MOST_TIMED = 10_000;

export class Store implements ReadableStore {
	readonly #db: DatabaseSync;
	readonly #lock: DatabaseSync;
	readonly #commits: GroupCommit;
	readonly #audit: AuditLog;
	readonly #inspections: InspectionTable;
	readonly #labels: LabelTable;
	readonly #samples: SampleTable;
	readonly #statements: ReturnType<typeof prepareStatements>;
	/** Messages about parts that became durable, for as long as they are unsent; the first ones only, in an outage. */
	readonly #durable = new Map<number, { readonly camera: string; readonly at: number }>();
	#unsent: number;

	/**
	 * Opens or creates a store; one station at a time.
	 *
	 * @param onFault told when the disk refuses writes, and undefined when it takes them again
	 * @throws STORE_UNWRITABLE, STORE_INVALID
	 */
	constructor(path: string, onFault: (message: string | undefined) => void = () => {}) {
		this.#lock = lock(path);
		try {
			this.#db = openDatabase(path);
			this.#commits = new GroupCommit(this.#db, onFault);
			this.#audit = new AuditLog(this.#db);
			this.#inspections = new InspectionTable(this.#db);
			this.#labels = new LabelTable(this.#db);
			this.#samples = new SampleTable(this.#db);
			this.#statements = prepareStatements(this.#db);
			this.#unsent = Number(this.#db.prepare('SELECT count(*) AS n FROM outbox').get()!.n);
		} catch (error) {
			this.#lock.close();
			throw error;
		}
	}

	/**
	 * Records a part with the camera's position and the messages about it, all or nothing.
	 *
	 * @param drawn how likely the part was to be drawn for the audit, when it was
	 * @returns once it is durable
	 */
	record(inspection: Inspection, cursor: unknown, outgoing: readonly Outgoing[], drawn?: number): Promise<void> {
		const { resultId, camera } = inspection;
		const { upsertCursor } = this.#statements;
		let numbers: readonly number[] = [];
		return this.#commits
			.write(() => {
				this.#inspections.insert(inspection);
				if (cursor !== undefined) upsertCursor.run(camera, JSON.stringify(cursor));
				if (drawn !== undefined) this.#samples.draw(resultId, drawn);
				numbers = this.#insert(outgoing);
			})
			.then(() => {
				this.#unsent += outgoing.length;
				this.#noteDurable(camera, numbers);
			});
	}

	/** Messages that belong to no part. */
	async enqueue(...outgoing: readonly Outgoing[]): Promise<void> {
		await this.#commits.write(() => this.#insert(outgoing));
		this.#unsent += outgoing.length;
	}

	/** Unsent messages after one number and up to another, oldest first. */
	unsent(after: number, upTo: number, limit: number): Unsent[] {
		return this.#statements.selectUnsent.all(after, upTo, limit) as unknown as Unsent[];
	}

	/** The number of the newest message, sent or not. */
	lastNumber(): number {
		return Number(this.#statements.selectLast.get()?.seq ?? 0);
	}

	/** How many messages wait for the broker. */
	get unsentCount(): number {
		return this.#unsent;
	}

	/**
	 * Takes a message out once a broker has it; may be undone by a crash within a moment, then it is sent again.
	 *
	 * @returns the way that a message about a part took, where it is known
	 */
	sent(number: number): Delivered | undefined {
		this.#unsent--;
		this.#commits.writeLazily(() => this.#statements.deleteSent.run(number));
		const durable = this.#durable.get(number);
		this.#durable.delete(number);
		return durable && { camera: durable.camera, ms: performance.now() - durable.at };
	}

	/** Where a camera goes on. */
	cursor(camera: string): unknown {
		const row = this.#db.prepare('SELECT cursor FROM cursors WHERE camera = ?').get(camera);
		return row && JSON.parse(String(row.cursor));
	}

	setting(name: string): unknown {
		const row = this.#db.prepare('SELECT value FROM settings WHERE name = ?').get(name);
		return row && JSON.parse(String(row.value));
	}

	/** Changes a setting and says so in the audit log, together. Undefined removes it. */
	async change(name: string, value: unknown, audit: AuditDraft): Promise<void> {
		const { upsertSetting, deleteSetting } = this.#statements;
		await this.#commits.write(() => {
			if (value === undefined) deleteSetting.run(name);
			else upsertSetting.run(name, JSON.stringify(value));
			this.#audit.append(audit);
		});
	}

	/** Keeps what follows from changes that were audited. @returns once it is durable */
	async remember(name: string, value: unknown): Promise<void> {
		const { upsertSetting } = this.#statements;
		await this.#commits.write(() => upsertSetting.run(name, JSON.stringify(value)));
	}

	/** Puts a label beside a result and says so in the audit log, together. @returns once it is durable */
	async label(draft: LabelDraft): Promise<Label> {
		const { resultId, who, source, reason } = draft;
		let label: Label | undefined;
		await this.#commits.write(() => {
			const old = this.#labels.history(resultId).at(-1);
			label = this.#labels.insert(draft);
			this.#audit.append({ who, source, what: 'label', old, new: label, reason });
		});
		return label!;
	}

	/** Notes frames that lie as files now, and such as are gone. @returns once it is durable */
	async frames(kept: readonly KeptFrame[], gone: readonly string[]): Promise<void> {
		await this.#commits.write(() => {
			for (const frame of kept) this.#samples.keep(frame);
			for (const resultId of gone) this.#samples.drop(resultId);
		});
	}

	get inspections(): ReadableStore['inspections'] {
		return this.#inspections;
	}

	get labels(): ReadableStore['labels'] {
		return this.#labels;
	}

	get samples(): ReadableStore['samples'] {
		return this.#samples;
	}

	/** A name for this run of the station: a counter, so that runs have an order whatever the clock says, and a random end. */
	newBoot(): string {
		const boots = Number(this.setting('boots') ?? 0) + 1;
		this.#statements.upsertSetting.run('boots', JSON.stringify(boots));
		return `${String(boots).padStart(4, '0')}${randomBytes(3).toString('hex')}`;
	}

	/** The last records of parts of the line, newest first. */
	recent(limit: number): Inspection[] {
		return this.#inspections.recent(limit);
	}

	audit(limit: number): AuditEntry[] {
		return this.#audit.recent(limit);
	}

	get auditHead(): AuditHead {
		return this.#audit.head;
	}

	/** The first audit entry that was tampered with; undefined when the log is whole. */
	brokenAudit(): number | undefined {
		return this.#audit.firstBroken();
	}

	/** Records handed over but not durable yet. */
	get waiting(): number {
		return this.#commits.waiting;
	}

	close(): void {
		if (!this.#db.isOpen) return;
		this.#commits.flush();
		this.#db.close();
		this.#lock.close();
	}

	/** @returns their numbers */
	#insert(outgoing: readonly Outgoing[]): number[] {
		const { insertOutgoing } = this.#statements;
		return outgoing.map(({ topic, payload }) =>
			Number(insertOutgoing.run(topic, JSON.stringify(payload)).lastInsertRowid),
		);
	}

	#noteDurable(camera: string, numbers: readonly number[]): void {
		const at = performance.now();
		for (const number of numbers) if (this.#durable.size < MOST_TIMED) this.#durable.set(number, { camera, at });
	}
}

function prepareStatements(db: DatabaseSync) {
	const statements = {
		upsertCursor: 'INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor',
		insertOutgoing: 'INSERT INTO outbox (topic, payload) VALUES (?, ?)',
		selectUnsent: 'SELECT number, topic, payload FROM outbox WHERE number > ? AND number <= ? ORDER BY number LIMIT ?',
		selectLast: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'",
		deleteSent: 'DELETE FROM outbox WHERE number = ?',
		upsertSetting: 'INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
		deleteSetting: 'DELETE FROM settings WHERE name = ?',
	} as const;
	return Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
		keyof typeof statements,
		StatementSync
	>;
}

/** A second database, held locked as long as this process lives: the kernel lets go of it whatever ends us. */
function lock(path: string): DatabaseSync {
	let db: DatabaseSync | undefined;
	try {
		makeFolder(dirname(path));
		db = new DatabaseSync(`${path}.lock`);
		db.exec('PRAGMA busy_timeout = 2000; BEGIN EXCLUSIVE');
		return db;
	} catch (cause) {
		db?.close();
		throw unwritable(path, cause, isBusy(cause) ? 'it is in use by another station' : messageOf(cause));
	}
}

/** Whether a store could not be opened because a station has it open. */
export function isInUse(error: unknown): boolean {
	return error instanceof AndonError && error.code === 'STORE_UNWRITABLE' && isBusy(error.cause);
}

function isBusy(cause: unknown): boolean {
	return ((cause as { errcode?: number } | undefined)?.errcode ?? 0) === 5;
}

function openDatabase(path: string): DatabaseSync {
	let db: DatabaseSync | undefined;
	try {
		db = new DatabaseSync(path);
		configure(db);
		const version = prepare(db);
		if (version === SCHEMA_VERSION) return db;
		throw invalid(path, version === undefined ? 'another database' : `version ${version}`);
	} catch (cause) {
		db?.close();
		if (cause instanceof AndonError) throw cause;
		const corrupt = [11, 26].includes(((cause as { errcode?: number }).errcode ?? 0) & 0xff);
		throw corrupt ? invalid(path, messageOf(cause), cause) : unwritable(path, cause, messageOf(cause));
	}
}

function unwritable(path: string, cause: unknown, found: string): AndonError {
	return new AndonError(
		'STORE_UNWRITABLE',
		{
			expected: `to write the store ${path}`,
			found,
			fix: 'Check the path, its permissions and the free space, and that no other station uses it.',
		},
		{ cause },
	);
}

function invalid(path: string, found: string, cause?: unknown): AndonError {
	return new AndonError(
		'STORE_INVALID',
		{
			expected: `${path} to be a store of version ${SCHEMA_VERSION}`,
			found,
			fix: 'Give `store.path` a new file, or start the version of andon that wrote this one.',
		},
		{ cause },
	);
}
