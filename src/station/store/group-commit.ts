/** Many small writes, one sync: at once while they come slowly, together as soon as they come faster than syncs are done. */
import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../base/errors.ts';

interface Write {
	run(): void;
	resolve(): void;
	reject(error: unknown): void;
}

/** Commits are so many times their own length apart, so that they hold up the event loop for a third of the time at most. */
const REST = 2;
/** However long a commit took, the next write waits no longer than this, ms. */
const LONGEST_REST_MS = 12;
/** A checkpoint holds a commit up the longer the more was written since the last one, hence often and between commits, ms. */
const CHECKPOINT_MS = 1000;
/** How long a write that nobody waits for may lie, ms. */
const LAZY_MS = 250;
const RETRY_MS = 1000;

/** SQLite result codes that pass by themselves or with an operator's help: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN. */
const PASSING = new Set([5, 6, 8, 10, 13, 14]);

export class GroupCommit {
	readonly #db: DatabaseSync;
	readonly #onFault: (message: string | undefined) => void;
	#writes: Write[] = [];
	#timer: NodeJS.Timeout | undefined;
	#due = Number.POSITIVE_INFINITY;
	/** The moment before which no further commit begins for a write that comes now. */
	#restsUntil = 0;
	#checkpointAt = performance.now();
	#failing = false;

	/** @param onFault told the message when the disk refuses, and undefined once it takes writes again */
	constructor(db: DatabaseSync, onFault: (message: string | undefined) => void) {
		this.#db = db;
		this.#onFault = onFault;
	}

	/** Writes waiting to become durable. */
	get waiting(): number {
		return this.#writes.length;
	}

	/** Resolves once the write is durable. While the disk refuses, it waits and is tried again. */
	write(run: () => void): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#writes.push({ run, resolve, reject });
			this.#schedule(Math.max(0, this.#restsUntil - performance.now()));
		});
	}

	/** A write that may wait for the next one. */
	writeLazily(run: () => void): void {
		this.#writes.push({ run, resolve: () => {}, reject: () => {} });
		this.#schedule(LAZY_MS);
	}

	/** Commits what waits, now. */
	flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#due = Number.POSITIVE_INFINITY;
		const writes = this.#writes;
		if (writes.length === 0) return;
		this.#writes = [];
		try {
			this.#commit(writes);
		} catch (error) {
			this.#failed(writes, error);
			return;
		}
		this.#report(undefined);
		for (const write of writes) write.resolve();
		if (performance.now() - this.#checkpointAt > CHECKPOINT_MS) setImmediate(() => this.#checkpoint());
	}

	/** Brings what is durable already from the log into the database; when it cannot, after one of the next commits. */
	#checkpoint(): void {
		if (!this.#db.isOpen) return;
		this.#checkpointAt = performance.now();
		try {
			this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
		} catch {
			// A disk that refuses will refuse the next commit, which says so.
		}
	}

	#failed(writes: readonly Write[], error: unknown): void {
		if (!PASSING.has(((error as { errcode?: number }).errcode ?? 0) & 0xff)) {
			for (const write of writes) write.reject(error);
			return;
		}
		this.#writes = [...writes, ...this.#writes];
		this.#report(messageOf(error));
		this.#schedule(RETRY_MS);
	}

	#commit(writes: readonly Write[]): void {
		const startedAt = performance.now();
		this.#db.exec('BEGIN IMMEDIATE');
		try {
			for (const write of writes) write.run();
			this.#db.exec('COMMIT');
			const endedAt = performance.now();
			this.#restsUntil = endedAt + Math.min(LONGEST_REST_MS, REST * (endedAt - startedAt));
		} catch (error) {
			if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
			throw error;
		}
	}

	#report(message: string | undefined): void {
		const failing = message !== undefined;
		if (failing !== this.#failing) this.#onFault(message);
		this.#failing = failing;
	}

	#schedule(ms: number): void {
		const delay = this.#failing ? RETRY_MS : ms;
		const due = performance.now() + delay;
		if (due >= this.#due) return;
		clearTimeout(this.#timer);
		this.#due = due;
		this.#timer = setTimeout(() => this.flush(), delay);
	}
}
