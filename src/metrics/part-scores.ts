/** What every threshold is chosen from: one score per part, apart by truth. */

export interface PartScores {
	readonly defective: readonly number[];
	readonly sound: readonly number[];
	/** Of each defect class its own parts; a part that shows two defects is one of either. */
	readonly perClass?: Readonly<Record<string, readonly number[]>>;
}
