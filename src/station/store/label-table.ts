/** What people say about parts: every label stays, the newest one of a result is in force. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Inspection } from '../inspection.ts';
import type { Label } from '../station-view.ts';

export type LabelDraft = Omit<Label, 'number' | 'at' | 'hasMask'> & {
	/** PNG of one channel over the whole image. */
	readonly mask?: Uint8Array;
};

/** A part with the label in force. */
export interface LabelledPart {
	readonly inspection: Inspection;
	readonly label: Label;
	/** How likely the part was to be drawn by lot, where it was. */
	readonly drawn?: number;
}

const COLUMNS = `labels.number, labels.result_id, labels.at, labels.who, labels.source, labels.defective, labels.class,
	labels.reason, labels.mask IS NOT NULL AS has_mask`;
const IN_FORCE = 'labels.number = (SELECT max(number) FROM labels AS other WHERE other.result_id = labels.result_id)';

export class LabelTable {
	readonly #statements: Record<'insert' | 'history' | 'recent' | 'labelled' | 'mask', StatementSync>;

	constructor(db: DatabaseSync) {
		this.#statements = {
			insert: db.prepare(
				'INSERT INTO labels (result_id, at, who, source, defective, class, mask, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
			),
			history: db.prepare(`SELECT ${COLUMNS} FROM labels WHERE result_id = ? ORDER BY number`),
			recent: db.prepare(`SELECT ${COLUMNS} FROM labels WHERE ${IN_FORCE} ORDER BY number DESC LIMIT ?`),
			labelled: db.prepare(
				`SELECT ${COLUMNS}, inspections.record, draws.probability FROM labels
				JOIN inspections USING (result_id) LEFT JOIN draws USING (result_id)
				WHERE ${IN_FORCE} AND inspections.number > ? ORDER BY inspections.number`,
			),
			mask: db.prepare('SELECT mask FROM labels WHERE number = ?'),
		};
	}

	/** Adds a label, inside the caller's transaction. */
	insert({ resultId, who, source, defective, class: name, mask, reason }: LabelDraft): Label {
		const at = new Date().toISOString();
		const { lastInsertRowid } = this.#statements.insert.run(
			resultId,
			at,
			who,
			source,
			Number(defective),
			name ?? null,
			mask ?? null,
			reason ?? null,
		);
		return {
			number: Number(lastInsertRowid),
			resultId,
			at,
			who,
			source,
			defective,
			...(name === undefined ? {} : { class: name }),
			hasMask: mask !== undefined,
			...(reason === undefined ? {} : { reason }),
		};
	}

	/** All labels of a result, oldest first. */
	history(resultId: string): Label[] {
		return this.#statements.history.all(resultId).map(labelOf);
	}

	/** The labels in force, newest first. */
	recent(limit: number): Label[] {
		return this.#statements.recent.all(limit).map(labelOf);
	}

	/** The labelled parts that were recorded after one of this number, in the order of inspection. */
	labelled(after: number): LabelledPart[] {
		return this.#statements.labelled.all(after).map((row) => ({
			inspection: JSON.parse(String(row.record)),
			label: labelOf(row),
			...(row.probability === null ? {} : { drawn: Number(row.probability) }),
		}));
	}

	/** The mask of a label, PNG. */
	mask(number: number): Uint8Array | undefined {
		return (this.#statements.mask.get(number)?.mask as Uint8Array | null | undefined) ?? undefined;
	}
}

function labelOf(row: Record<string, unknown>): Label {
	return {
		number: Number(row.number),
		resultId: String(row.result_id),
		at: String(row.at),
		who: String(row.who),
		source: String(row.source),
		defective: row.defective === 1,
		...(row.class === null ? {} : { class: String(row.class) }),
		hasMask: row.has_mask === 1,
		...(row.reason === null ? {} : { reason: String(row.reason) }),
	};
}
