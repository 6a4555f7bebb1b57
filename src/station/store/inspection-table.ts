/** The records of parts, as they were written. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Inspection } from '../inspection.ts';

export class InspectionTable {
	readonly #statements: Record<'insert' | 'recent' | 'find' | 'ofPart' | 'last', StatementSync>;

	constructor(db: DatabaseSync) {
		this.#statements = {
			insert: db.prepare(
				'INSERT INTO inspections (result_id, camera, boot_id, sequence, part_id, verdict, record) VALUES (?, ?, ?, ?, ?, ?, ?)',
			),
			recent: db.prepare(
				"SELECT record FROM inspections WHERE record ->> '$.golden' IS NULL ORDER BY number DESC LIMIT ?",
			),
			find: db.prepare('SELECT record FROM inspections WHERE result_id = ?'),
			ofPart: db.prepare('SELECT result_id FROM inspections WHERE part_id = ? ORDER BY number DESC LIMIT ?'),
			last: db.prepare('SELECT coalesce(max(number), 0) AS number FROM inspections'),
		};
	}

	/** Inside the caller's transaction. */
	insert(inspection: Inspection): void {
		const { resultId, camera, bootId, sequence, partId, verdict } = inspection;
		this.#statements.insert.run(resultId, camera, bootId, sequence, partId, verdict, JSON.stringify(inspection));
	}

	/** Parts of the line, newest first; golden ones are none. */
	recent(limit: number): Inspection[] {
		return this.#statements.recent.all(limit).map(({ record }) => JSON.parse(String(record)));
	}

	find(resultId: string): Inspection | undefined {
		const row = this.#statements.find.get(resultId);
		return row && JSON.parse(String(row.record));
	}

	/** Result ids of a part, newest first. */
	ofPart(partId: string, limit: number): string[] {
		return this.#statements.ofPart.all(partId, limit).map((row) => String(row.result_id));
	}

	/** The number of the newest record; 0 before the first. */
	lastNumber(): number {
		return Number(this.#statements.last.get()!.number);
	}
}
