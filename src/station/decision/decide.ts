/** From what the model gave to what is done with the part: verdict, disposition, defects and mask quality. */

import { connectedComponents } from '../../imaging/connected-components.ts';
import type { Mask } from '../../imaging/pixels.ts';
import type { Inspected } from '../../inference/inspector-model.ts';
import { expectedIou } from '../../metrics/expected-iou.ts';
import { iouOf, overlapOf } from '../../metrics/overlap.ts';
import type { Defect, Disposition, Verdict } from '../inspection.ts';

/** Scores in [threshold − below, threshold + above) go to a person. */
export interface HoldBand {
	readonly below: number;
	readonly above: number;
}

export interface DecisionRules {
	readonly threshold: number;
	readonly holdBand?: HoldBand;
}

export interface Decision {
	readonly verdict: Exclude<Verdict, 'not-inspected'>;
	readonly disposition: Disposition;
	readonly score: number;
	readonly defects: readonly Defect[];
	readonly expectedIou?: number;
	readonly measuredIou?: number;
}

/** A pixel belongs to a defect when its probability is above this. */
export const MASK_THRESHOLD = 0.5;

/** The largest ones; a mask full of specks must not make a record of megabytes. */
const MAX_DEFECTS = 100;

const DISPOSITIONS = { ok: 'pass', defect: 'reject', review: 'hold' } as const;

/**
 * @param size of the mask, in pixels
 * @param truth the true mask in the same size, where it is known
 */
export function decide(
	inspected: Inspected,
	size: { readonly width: number; readonly height: number },
	rules: DecisionRules,
	truth?: Mask,
): Decision {
	const verdict = verdictOf(inspected.score, rules);
	return {
		verdict,
		disposition: DISPOSITIONS[verdict],
		score: inspected.score,
		...(inspected.mask ? judgeMask(inspected.mask, size, truth) : { defects: [] }),
	};
}

/** A part is flagged when its score reaches the threshold, exactly as the threshold was certified. */
export function verdictOf(score: number, { threshold, holdBand }: DecisionRules): Decision['verdict'] {
	if (holdBand && score >= threshold - holdBand.below && score < threshold + holdBand.above) return 'review';
	return score >= threshold ? 'defect' : 'ok';
}

function judgeMask(
	mask: Float32Array,
	{ width, height }: { readonly width: number; readonly height: number },
	truth: Mask | undefined,
) {
	const expected = expectedIou(mask, MASK_THRESHOLD);
	// NaN where neither has a defect pixel: there is nothing to measure.
	const measured = truth ? iouOf(overlapOf(mask, truth.data, MASK_THRESHOLD)) : Number.NaN;
	return {
		defects: connectedComponents(mask, width, height, MASK_THRESHOLD).slice(0, MAX_DEFECTS),
		...(expected === undefined ? {} : { expectedIou: expected }),
		...(Number.isNaN(measured) ? {} : { measuredIou: measured }),
	};
}
