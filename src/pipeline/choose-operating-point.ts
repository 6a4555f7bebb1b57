/** The threshold a new bundle starts with: the recall asked for, or the best one that its parts can prove. */

import { AndonError } from '../base/errors.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { choosePoint } from '../metrics/operating-points/index.ts';
import { certifiableRecall, partsNeeded, toleratedMisses } from '../metrics/operating-points/order-statistic.ts';
import type { PartScores } from '../metrics/part-scores.ts';

/** Tried from the top when no recall was asked for. */
const RECALLS = [0.99, 0.98, 0.95, 0.9, 0.8];

interface Wanted {
	readonly recall?: number;
	readonly confidence: number;
}

/**
 * Without enough parts for any promise, the threshold is the lowest defective score, and promises nothing.
 *
 * δ is not split: nothing was chosen by these scores before. Weights, mask, quantization and default model are chosen on
 * `val`, a search's trials too; which recall is asked for follows from the number of parts alone, not from their scores.
 */
export function chooseOperatingPoint(
	scores: PartScores,
	precision: string,
	{ recall, confidence }: Wanted,
): OperatingPoint {
	const { defective } = scores;
	const best = recall ?? RECALLS.find((r) => toleratedMisses(defective.length, r, confidence) !== undefined);
	if (best !== undefined) return choosePoint('guaranteed-recall', { recall: best, confidence }, { scores, precision });
	return choosePoint('fixed', { threshold: Math.min(...defective, 1) }, { scores, precision });
}

/** Refuses a recall that the test parts cannot prove, before hours of training. @throws RECALL_NOT_CERTIFIABLE */
export function expectCertifiable(
	dataset: { readonly samples: readonly { split: string; defective: boolean; group: string }[] },
	{ recall, confidence }: Wanted,
): void {
	if (recall === undefined) return;
	const parts = dataset.samples.filter(({ split, defective }) => split === 'test' && defective);
	const n = new Set(parts.map((sample) => sample.group)).size;
	if (toleratedMisses(n, recall, confidence) !== undefined) return;
	throw new AndonError('RECALL_NOT_CERTIFIABLE', {
		expected: `at least ${partsNeeded(recall, confidence)} defective parts in the test split to certify a recall of ${recall}`,
		found: `${n}, which can certify at most ${Math.floor(certifiableRecall(n, confidence) * 1000) / 1000}`,
		fix: 'Ask for a lower recall, or leave --recall out to get the highest that can be certified.',
	});
}
