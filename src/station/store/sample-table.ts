/** Which parts were drawn by lot, and of which the picture was kept. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Inspection } from '../inspection.ts';

export interface KeptFrame {
	readonly resultId: string;
	/** Of its file. */
	readonly bytes: number;
}

/** Drawn parts that were inspected, by whether they passed. */
export interface DrawnCounts {
	readonly passed: number;
	readonly flagged: number;
	/** The smallest probability with which one of them was drawn; absent when none was. */
	readonly probability?: number;
}

type Name = 'draw' | 'drawn' | 'unlabelled' | 'keep' | 'frames' | 'bytes' | 'oldest' | 'drop';

export class SampleTable {
	readonly #statements: Record<Name, StatementSync>;

	constructor(db: DatabaseSync) {
		this.#statements = {
			draw: db.prepare('INSERT INTO draws VALUES (?, ?)'),
			drawn: db.prepare(
				`SELECT sum(verdict = 'ok') AS passed, sum(verdict IN ('defect', 'review')) AS flagged, min(probability) AS least
				FROM draws JOIN inspections USING (result_id) WHERE inspections.number > ?`,
			),
			unlabelled: db.prepare(
				`SELECT record, probability FROM draws JOIN inspections USING (result_id)
				WHERE number > ? AND verdict != 'not-inspected'
				AND NOT EXISTS (SELECT 1 FROM labels WHERE labels.result_id = draws.result_id) ORDER BY number LIMIT ?`,
			),
			keep: db.prepare('INSERT INTO frames (result_id, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING'),
			frames: db.prepare('SELECT result_id, bytes FROM frames ORDER BY number'),
			bytes: db.prepare('SELECT coalesce(sum(bytes), 0) AS bytes FROM frames'),
			oldest: db.prepare(
				`SELECT result_id, bytes FROM frames
				WHERE NOT EXISTS (SELECT 1 FROM labels WHERE labels.result_id = frames.result_id) ORDER BY number LIMIT ?`,
			),
			drop: db.prepare('DELETE FROM frames WHERE result_id = ?'),
		};
	}

	/** Inside the caller's transaction, like every change here. */
	draw(resultId: string, probability: number): void {
		this.#statements.draw.run(resultId, probability);
	}

	/** Of the parts recorded after the one of this number. */
	drawn(after: number): DrawnCounts {
		const { passed, flagged, least } = this.#statements.drawn.get(after)!;
		const probability = least === null ? {} : { probability: Number(least) };
		return { passed: Number(passed ?? 0), flagged: Number(flagged ?? 0), ...probability };
	}

	/** Drawn parts that were inspected and wait for a label, in the order of inspection. */
	unlabelled(after: number, limit: number): { inspection: Inspection; drawn: number }[] {
		return this.#statements.unlabelled
			.all(after, limit)
			.map(({ record, probability }) => ({ inspection: JSON.parse(String(record)), drawn: Number(probability) }));
	}

	keep({ resultId, bytes }: KeptFrame): void {
		this.#statements.keep.run(resultId, bytes);
	}

	/** Oldest first. */
	frames(): KeptFrame[] {
		return this.#statements.frames.all().map(frameOf);
	}

	get bytes(): number {
		return Number(this.#statements.bytes.get()!.bytes);
	}

	/** The oldest frames of parts without a label. */
	oldestUnlabelled(limit: number): KeptFrame[] {
		return this.#statements.oldest.all(limit).map(frameOf);
	}

	drop(resultId: string): void {
		this.#statements.drop.run(resultId);
	}
}

function frameOf(row: Record<string, unknown>): KeptFrame {
	return { resultId: String(row.result_id), bytes: Number(row.bytes) };
}
