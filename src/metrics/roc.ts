/** How well scores separate defective from sound, whatever the threshold. */
import { rankCuts, type Scored } from './scored.ts';

/**
 * Area under the ROC curve: the probability that a defective item scores above a sound one, ties counting ½
 * (Mann–Whitney). NaN unless there are both kinds.
 */
export function auroc(items: readonly Scored[]): number {
	const cuts = rankCuts(items);
	const last = cuts.at(-1);
	if (!last || last.hits === 0 || last.falseAlarms === 0) return Number.NaN;
	let area = 0;
	let before = { hits: 0, falseAlarms: 0 };
	for (const cut of cuts) {
		area += ((cut.falseAlarms - before.falseAlarms) * (cut.hits + before.hits)) / 2;
		before = cut;
	}
	return area / (last.hits * last.falseAlarms);
}
