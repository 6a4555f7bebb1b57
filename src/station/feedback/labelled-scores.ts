/** Scores of parts that people labelled: what a threshold would have done to them. */
import type { Exposure } from '../../metrics/collapse-by-group.ts';
import type { ReadableStore } from '../store/read-store.ts';
import { type Epoch, storedEpoch } from './epoch.ts';

export interface LabelledScore extends Exposure {
	readonly resultId: string;
	/** How likely the part was to be drawn by lot; absent where somebody chose it. Recall may rest on drawn parts alone. */
	readonly drawn?: number;
}

/**
 * One per labelled result; `collapseByGroup` makes one per part of them.
 *
 * Only scores of the bundle and precision that run now are comparable: others are left out. Unlike the audit this does
 * not ask which threshold was in force, since the score does not depend on it.
 */
export function labelledScores(store: ReadableStore, epoch: Epoch | undefined = storedEpoch(store)): LabelledScore[] {
	return store.labels.labelled(0).flatMap(({ inspection, label, drawn }) => {
		const { score, recipe, precision, resultId, partId, golden } = inspection;
		const comparable = recipe.hash === epoch?.manifestHash && precision === epoch.precision;
		if (golden || score === undefined || !comparable) return [];
		return {
			resultId,
			group: partId,
			class: label.class ?? (label.defective ? 'defect' : 'ok'),
			score,
			defective: label.defective,
			...(drawn === undefined ? {} : { drawn }),
		};
	});
}
