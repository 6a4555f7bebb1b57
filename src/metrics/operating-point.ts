/** The threshold, where it came from, what it promises and what it costs. A part is flagged when `score >= threshold`. */

/** A share of parts in [0,1] with its two-sided 95 % interval, and the parts that it was measured on. */
export interface Rate {
	readonly rate: number;
	readonly low: number;
	readonly high: number;
	readonly n: number;
	/**
	 * `pointwise`: the threshold was not chosen by looking at these parts; `simultaneous`: it was, and the interval is wide
	 * enough to hold for every threshold at once. Absent in points of before, which are pointwise.
	 */
	readonly interval?: 'pointwise' | 'simultaneous';
}

/** How often sound parts are rejected at the threshold. */
export type FalseRejects = Rate;

/** What a threshold can promise, or leave open. `class-recall`: of every defect class, whatever their mix. */
export type Quantity = 'recall' | 'class-recall' | 'false-rejects' | 'precision';

/** A finite-sample statement that holds with `confidence`, together with the others of the same point. */
export interface Guarantee {
	readonly quantity: Exclude<Quantity, 'precision'>;
	/** The defect class that it speaks of; of `class-recall`. */
	readonly class?: string;
	/** Recall: at least this share is flagged; false rejects: at most this share is. */
	readonly bound: number;
	readonly confidence: number;
	/** Parts that prove it, used for nothing else, and how many of them may lie on the wrong side of the threshold. */
	readonly n: number;
	readonly tolerated: number;
}

export interface OperatingPoint {
	readonly threshold: number;
	/** How it was chosen: a name of the table in `operating-points/`. */
	readonly method: 'guaranteed-recall' | 'max-recall' | 'fixed-precision' | 'best-f1' | 'cost-weighted' | 'fixed';
	/** What was asked for: the method's options. */
	readonly options?: Readonly<Record<string, number | boolean>>;
	/** Certified recall r of the defective class; present when guaranteed. */
	readonly recall?: number;
	/** Confidence 1 − δ of what is guaranteed, all of it together; present when anything is. */
	readonly confidence?: number;
	/** Defective calibration parts, and how many of them the threshold may miss (k − 1). */
	readonly n?: number;
	readonly toleratedMisses?: number;
	/** What is promised; absent in points of before, see `guaranteesOf`. */
	readonly guarantees?: readonly Guarantee[];
	/** What is not promised, however good it looked on the calibration parts. */
	readonly notGuaranteed?: readonly Quantity[];
	/** The share of defective calibration parts that are flagged, of points that promise no recall. */
	readonly measuredRecall?: Rate;
	readonly falseRejects?: FalseRejects;
	/** Per 1,000 parts, in the unit of the costs in `options`; of `cost-weighted`. */
	readonly expectedCost?: number;
	/** The precision whose scores it was chosen on; scores of another precision void the promise. */
	readonly precision: string;
	/**
	 * The view that its calibration parts were looked at through (`imaging/view/view.ts`), absent where the whole image was
	 * stretched to the model's input; parts seen otherwise void the promise.
	 */
	readonly view?: Readonly<Record<string, unknown>>;
}

/** The recall of defective parts that a point promises; one of every class is one of any mix of them. */
export function promisedRecall(point: OperatingPoint): number | undefined {
	const bounds = guaranteesOf(point).flatMap(({ quantity, bound }) => (quantity === 'false-rejects' ? [] : [bound]));
	return bounds.length > 0 ? Math.min(...bounds) : undefined;
}

/** What a point promises, those of before included. */
export function guaranteesOf(point: OperatingPoint): readonly Guarantee[] {
	if (point.guarantees) return point.guarantees;
	const { method, recall, confidence, n, toleratedMisses } = point;
	if (method !== 'guaranteed-recall') return [];
	return [{ quantity: 'recall', bound: recall!, confidence: confidence!, n: n!, tolerated: toleratedMisses! }];
}
