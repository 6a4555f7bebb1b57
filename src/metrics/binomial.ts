/** Exact statements about a proportion from a count, without normal approximations. */

export interface Interval {
	readonly low: number;
	readonly high: number;
}

/**
 * P(Bin(n, p) ≤ k), summed in log space so that it neither underflows for large n nor loses small tails.
 *
 * @param k whole number; below 0 gives 0, n or more gives 1
 */
export function binomialCdf(k: number, n: number, p: number): number {
	if (k < 0) return 0;
	if (k >= n || p <= 0) return 1;
	if (p >= 1) return 0;
	const logOdds = Math.log(p) - Math.log1p(-p);
	let logTerm = n * Math.log1p(-p);
	let logSum = logTerm;
	for (let i = 0; i < k; i++) {
		logTerm += Math.log((n - i) / (i + 1)) + logOdds;
		logSum = logAdd(logSum, logTerm);
	}
	return Math.min(1, Math.exp(logSum));
}

/** The highest proportion p that `successes` of n leave possible: P(Bin(n, p) ≤ successes) = 1 − confidence. */
export function upperBound(successes: number, n: number, confidence: number): number {
	if (successes >= n) return 1;
	return bisect((p) => binomialCdf(successes, n, p) > 1 - confidence);
}

/** The lowest proportion that `successes` of n leave possible (one-sided Clopper–Pearson). */
export function lowerBound(successes: number, n: number, confidence: number): number {
	return 1 - upperBound(n - successes, n, confidence);
}

/** The two-sided Clopper–Pearson interval (Biometrika 26, 1934): never covers less often than it says. */
export function clopperPearson(successes: number, n: number, confidence = 0.95): Interval {
	const oneSided = 1 - (1 - confidence) / 2;
	return { low: lowerBound(successes, n, oneSided), high: upperBound(successes, n, oneSided) };
}

/** The p in [0,1] where `holds` turns from true to false. */
function bisect(holds: (p: number) => boolean): number {
	let low = 0;
	let high = 1;
	for (;;) {
		const middle = (low + high) / 2;
		if (middle === low || middle === high) return middle;
		if (holds(middle)) low = middle;
		else high = middle;
	}
}

function logAdd(a: number, b: number): number {
	const high = Math.max(a, b);
	return high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
