/** How far an estimate of IoU agrees with what is measured: its error, and means by bins for a calibration plot. */

/** An estimate (raw or corrected) and the truth, in [0,1]. */
export interface IouEstimate {
	readonly expected: number;
	readonly measured: number;
}

export interface IouBin {
	/** Expected IoU in [from, to); the last bin has its end too. */
	readonly from: number;
	readonly to: number;
	readonly n: number;
	/** Means. */
	readonly expected: number;
	readonly measured: number;
}

/** Figures without a value are NaN, which JSON writes as null. */
export interface IouAgreement {
	readonly n: number;
	readonly meanExpected: number;
	readonly meanMeasured: number;
	/** Mean of expected − measured: above 0 the estimate promises too much. */
	readonly bias: number;
	readonly meanAbsoluteError: number;
	/** Pearson's. */
	readonly correlation: number;
	/** Those that are not empty. */
	readonly bins: readonly IouBin[];
}

const BINS = 10;

export function iouAgreement(estimates: readonly IouEstimate[]): IouAgreement {
	const expected = estimates.map((one) => one.expected);
	const measured = estimates.map((one) => one.measured);
	const [meanExpected, meanMeasured] = [mean(expected), mean(measured)];
	return {
		n: estimates.length,
		meanExpected,
		meanMeasured,
		bias: meanExpected - meanMeasured,
		meanAbsoluteError: mean(estimates.map((one) => Math.abs(one.expected - one.measured))),
		correlation: correlation(expected, measured),
		bins: binsOf(estimates),
	};
}

function binsOf(estimates: readonly IouEstimate[]): IouBin[] {
	return Array.from({ length: BINS }, (_, i) => {
		const inside = estimates.filter(({ expected }) => Math.min(BINS - 1, Math.floor(expected * BINS)) === i);
		return {
			from: i / BINS,
			to: (i + 1) / BINS,
			n: inside.length,
			expected: mean(inside.map((one) => one.expected)),
			measured: mean(inside.map((one) => one.measured)),
		};
	}).filter(({ n }) => n > 0);
}

function correlation(x: readonly number[], y: readonly number[]): number {
	const [meanX, meanY] = [mean(x), mean(y)];
	const products = (a: readonly number[], meanA: number, b: readonly number[], meanB: number) =>
		a.reduce((sum, value, i) => sum + (value - meanA) * (b[i] - meanB), 0);
	return products(x, meanX, y, meanY) / Math.sqrt(products(x, meanX, x, meanX) * products(y, meanY, y, meanY));
}

function mean(values: readonly number[]): number {
	return values.reduce((a, b) => a + b, 0) / values.length;
}
