/** From what the model gave to what is done with the part: verdict, disposition, defects and mask quality. */

import type { Mask } from '../../imaging/pixels.ts';
import type { Inspected } from '../../inference/inspector-model.ts';
import { expectedIou } from '../../metrics/expected-iou.ts';
import { correctIou, type IouCorrection } from '../../metrics/mask-iou/iou-correction.ts';
import { iouOf, overlapOf } from '../../metrics/overlap.ts';
import type { Defect, Disposition } from '../inspection.ts';
import { type Judgement, judge, type ScoreRules } from './judge.ts';
import { MASK_THRESHOLD, type MaskSize, measureDefects } from './measure-defects.ts';
import type { Policy } from './policy.ts';

export interface DecisionRules extends ScoreRules {
	readonly policy: Policy;
	/** Of the model that runs, when the bundle has one. */
	readonly iouCorrection?: Pick<IouCorrection, 'knots'>;
}

export interface Decision extends Judgement {
	readonly disposition: Disposition;
	readonly score: number;
	/** Largest first. */
	readonly defects: readonly Defect[];
	/** Defects that are not listed, because there are too many. */
	readonly unlistedDefects?: number;
	/** Regions that are no defects, because they are below the minimum size. */
	readonly smallRegions?: number;
	readonly expectedIou?: number;
	/** Whether `expectedIou` went through the bundle's correction; present with it. */
	readonly expectedIouCorrected?: boolean;
	readonly measuredIou?: number;
}

/** The largest ones; a mask full of specks must not make a record of megabytes. */
const MAX_DEFECTS = 100;

const DISPOSITIONS = { ok: 'pass', defect: 'reject', review: 'hold' } as const;

/**
 * @param size of the mask, in pixels, and its scale where that is known
 * @param truth the true mask in the same size, where it is known
 */
export function decide(inspected: Inspected, size: MaskSize, rules: DecisionRules, truth?: Mask): Decision {
	const { score, mask } = inspected;
	const found = measureDefects(inspected, size, rules.policy);
	const judgement = judge(score, found, rules, rules.policy);
	const unlisted = Math.max(0, found.defects.length - MAX_DEFECTS) + found.unmeasured;
	return {
		...judgement,
		disposition: DISPOSITIONS[judgement.verdict],
		score,
		defects: found.defects.slice(0, MAX_DEFECTS),
		...(unlisted > 0 ? { unlistedDefects: unlisted } : {}),
		...(found.small > 0 ? { smallRegions: found.small } : {}),
		...(mask ? judgeMask(mask, inspected.marked, rules, truth) : {}),
	};
}

function judgeMask(
	mask: Float32Array,
	marked: number | undefined,
	{ iouCorrection }: DecisionRules,
	truth: Mask | undefined,
) {
	const expected = marked === 0 ? undefined : expectedIou(mask, MASK_THRESHOLD);
	// NaN where neither has a defect pixel: there is nothing to measure.
	const measured = truth ? iouOf(overlapOf(mask, truth.data, MASK_THRESHOLD)) : Number.NaN;
	return {
		...(expected === undefined
			? {}
			: {
					expectedIou: iouCorrection ? correctIou(expected, iouCorrection) : expected,
					expectedIouCorrected: iouCorrection !== undefined,
				}),
		...(Number.isNaN(measured) ? {} : { measuredIou: measured }),
	};
}
