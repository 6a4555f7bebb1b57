/** The threshold with the best F1: for comparing models; it promises no recall. */
import { type PrecisionRecallPoint, precisionRecallCurve } from './precision-recall.ts';
import type { Scored } from './scored.ts';

export interface BestF1 extends PrecisionRecallPoint {
	readonly f1: number;
}

/** The point of highest F1, the highest threshold among equals; undefined when nothing is defective. */
export function bestF1(items: readonly Scored[]): BestF1 | undefined {
	let best: BestF1 | undefined;
	for (const point of precisionRecallCurve(items)) {
		if (point.recall === 0) continue;
		const f1 = (2 * point.precision * point.recall) / (point.precision + point.recall);
		if (!best || f1 > best.f1) best = { ...point, f1 };
	}
	return best;
}
