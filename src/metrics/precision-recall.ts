/** Precision against recall: how clean the rejects are while more and more defects are caught. */
import { rankCuts, type Scored } from './scored.ts';

export interface PrecisionRecallPoint {
	readonly threshold: number;
	readonly precision: number;
	readonly recall: number;
}

/** One point per distinct score, recall rising; empty when nothing is defective. */
export function precisionRecallCurve(items: readonly Scored[]): PrecisionRecallPoint[] {
	const cuts = rankCuts(items);
	const defective = cuts.at(-1)?.hits ?? 0;
	if (defective === 0) return [];
	return cuts.map(({ threshold, hits, falseAlarms }) => ({
		threshold,
		precision: hits / (hits + falseAlarms),
		recall: hits / defective,
	}));
}

/**
 * Average precision Σ (Rᵢ − Rᵢ₋₁) Pᵢ over distinct thresholds, without interpolation: the definition of
 * scikit-learn's `average_precision_score`. NaN when nothing is defective.
 */
export function averagePrecision(items: readonly Scored[]): number {
	const curve = precisionRecallCurve(items);
	if (curve.length === 0) return Number.NaN;
	let sum = 0;
	let before = 0;
	for (const { precision, recall } of curve) {
		sum += (recall - before) * precision;
		before = recall;
	}
	return sum;
}
