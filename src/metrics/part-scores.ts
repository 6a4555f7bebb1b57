/** What every threshold is chosen from: one score per part, apart by truth. */

export interface PartScores {
	readonly defective: readonly number[];
	readonly sound: readonly number[];
	/** Of each defect class its own parts; a part that shows two defects is one of either. */
	readonly perClass?: Readonly<Record<string, readonly number[]>>;
	/** How the parts were looked at (`imaging/view/view.ts`); absent where the whole image was stretched to the model's input. */
	readonly view?: Readonly<Record<string, unknown>>;
}
