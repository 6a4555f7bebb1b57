/** What every measure starts from: scores with their truth, ranked once, ties kept together. */

export interface Scored {
	/** Defect score; larger = more surely defective. */
	readonly score: number;
	readonly defective: boolean;
}

/** What is flagged when everything with `score >= threshold` is. */
export interface Cut {
	readonly threshold: number;
	/** Defective items at or above the threshold, and sound ones. */
	readonly hits: number;
	readonly falseAlarms: number;
}

/**
 * One cut per distinct score, highest first; items of equal score are flagged together, never split.
 *
 * @throws TypeError when a score is not a number: NaN has no rank
 */
export function rankCuts(items: readonly Scored[]): Cut[] {
	for (const { score } of items) if (Number.isNaN(score)) throw new TypeError('a score is NaN and cannot be ranked');
	const sorted = items.toSorted((a, b) => b.score - a.score);
	const cuts: Cut[] = [];
	let hits = 0;
	let falseAlarms = 0;
	sorted.forEach(({ score, defective }, i) => {
		if (defective) hits++;
		else falseAlarms++;
		if (i + 1 === sorted.length || sorted[i + 1].score !== score) cuts.push({ threshold: score, hits, falseAlarms });
	});
	return cuts;
}
