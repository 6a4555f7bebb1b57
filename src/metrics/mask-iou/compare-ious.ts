/** Expected IoU beside measured IoU on labelled images, as the model gives it and as it is corrected. */
import type { FittedIouCorrection } from './fit-iou-correction.ts';
import { type IouAgreement, iouAgreement } from './iou-agreement.ts';
import { correctIou } from './iou-correction.ts';
import type { MaskIous } from './mask-ious.ts';

export interface IouComparison {
	/** Of the expected IoU that the model's probabilities give. */
	readonly before: IouAgreement;
	/** Of the corrected one; absent without a correction. */
	readonly after?: IouAgreement;
	readonly correction?: FittedIouCorrection;
	readonly pairs: readonly { readonly expected: number; readonly corrected?: number; readonly measured: number }[];
	/** Defective images on which the model marks nothing: nothing is expected of them, and they are not in the figures. */
	readonly unmarked: number;
	/** Sound images; nothing on them is right, so that what is expected of their masks is too much by all of it. */
	readonly sound: { readonly n: number; readonly marked: number; readonly meanExpected?: number };
}

/** @param correction chosen on other images, or not: then `after` flatters */
export function compareIous(ious: MaskIous, correction?: FittedIouCorrection): IouComparison {
	const corrected = (expected: number) => (correction ? correctIou(expected, correction) : expected);
	const marked = ious.markedSound.map(corrected);
	return {
		before: iouAgreement(ious.pairs),
		...(correction && {
			after: iouAgreement(ious.pairs.map((pair) => ({ ...pair, expected: corrected(pair.expected) }))),
			correction,
		}),
		pairs: ious.pairs.map(({ expected, measured }) => ({
			expected,
			...(correction && { corrected: corrected(expected) }),
			measured,
		})),
		unmarked: ious.unmarked,
		sound: {
			n: ious.sound,
			marked: marked.length,
			...(marked.length > 0 && { meanExpected: marked.reduce((a, b) => a + b, 0) / marked.length }),
		},
	};
}
