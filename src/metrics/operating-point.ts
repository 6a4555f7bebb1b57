/** The threshold and where it came from. A part is flagged when `score >= threshold`. */

/** How often sound parts are rejected at the threshold, as a rate in [0,1] with its 95 % interval. */
export interface FalseRejects {
	readonly rate: number;
	readonly low: number;
	readonly high: number;
	/** Sound parts that it was measured on. */
	readonly n: number;
}

export interface OperatingPoint {
	readonly threshold: number;
	/** `guaranteed-recall`: certified on calibration parts; `fixed`: set by a person, promises nothing. */
	readonly method: 'guaranteed-recall' | 'fixed';
	/** Certified recall r of the defective class; present when guaranteed. */
	readonly recall?: number;
	/** Confidence 1 − δ of the statement; present when guaranteed. */
	readonly confidence?: number;
	/** Defective calibration parts, and how many of them the threshold may miss (k − 1). */
	readonly n?: number;
	readonly toleratedMisses?: number;
	readonly falseRejects?: FalseRejects;
	/** The precision whose scores it was chosen on; scores of another precision void the promise. */
	readonly precision: string;
}
