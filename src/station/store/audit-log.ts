/** Who changed what, when and why: entries chained by their hashes, so that edits, deletions and truncation show. */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry } from '../station-view.ts';

/** Where the chain begins. */
const GENESIS = '0'.repeat(64);
const HEAD = 'audit-head';

export interface AuditHead {
	readonly entries: number;
	readonly head: string;
}

export type AuditDraft = Omit<AuditEntry, 'sequence' | 'at' | 'hash'>;

export class AuditLog {
	readonly #db: DatabaseSync;
	#head: AuditHead;

	constructor(db: DatabaseSync) {
		this.#db = db;
		this.#head = this.#storedHead();
	}

	get head(): AuditHead {
		return this.#head;
	}

	/** Adds an entry, inside the caller's transaction. */
	append(draft: AuditDraft): void {
		// Read again each time: the transaction of the entry before may have been rolled back.
		this.#head = this.#storedHead();
		const entry = { ...draft, sequence: this.#head.entries + 1, at: new Date().toISOString() };
		const hash = hashOf(this.#head.head, entry);
		this.#db
			.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
			.run(entry.sequence, entry.at, ...textsOf(entry), hash);
		this.#head = { entries: entry.sequence, head: hash };
		this.#db
			.prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
			.run(HEAD, JSON.stringify(this.#head));
	}

	recent(limit: number): AuditEntry[] {
		return this.#db.prepare('SELECT * FROM audit ORDER BY sequence DESC LIMIT ?').all(limit).map(entryOf);
	}

	/** The first sequence that does not fit the chain; undefined when the log is whole. */
	firstBroken(): number | undefined {
		let before = GENESIS;
		let sequence = 0;
		for (const row of this.#db.prepare('SELECT * FROM audit ORDER BY sequence').iterate()) {
			const { hash, ...entry } = entryOf(row);
			if (entry.sequence !== ++sequence || hash !== hashOf(before, entry)) return sequence;
			before = hash;
		}
		const { entries, head } = this.#storedHead();
		return entries === sequence && head === before ? undefined : Math.min(entries, sequence) + 1;
	}

	#storedHead(): AuditHead {
		const row = this.#db.prepare('SELECT value FROM settings WHERE name = ?').get(HEAD);
		return row ? JSON.parse(String(row.value)) : { entries: 0, head: GENESIS };
	}
}

type Unhashed = Omit<AuditEntry, 'hash'>;

function hashOf(before: string, entry: Unhashed): string {
	return createHash('sha256')
		.update(JSON.stringify([before, entry.sequence, entry.at, ...textsOf(entry)]))
		.digest('hex');
}

function textsOf({ who, source, what, old, new: next, reason }: Unhashed | AuditDraft) {
	return [who, source, what, JSON.stringify(old ?? null), JSON.stringify(next ?? null), reason ?? null] as const;
}

function entryOf(row: Record<string, unknown>): AuditEntry {
	return {
		sequence: Number(row.sequence),
		at: String(row.at),
		who: String(row.who),
		source: String(row.source),
		what: String(row.what),
		old: JSON.parse(String(row.old)),
		new: JSON.parse(String(row.new)),
		...(row.reason === null ? {} : { reason: String(row.reason) }),
		hash: String(row.hash),
	};
}
