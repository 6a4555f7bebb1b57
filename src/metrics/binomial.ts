/** Exact statements about a proportion from a count, without normal approximations. */

export interface Interval {
	readonly low: number;
	readonly high: number;
}

/**
 * P(Bin(n, p) ≤ k), summed with its exponent kept apart so that it neither underflows for large n nor loses small tails.
 *
 * @param k whole number; below 0 gives 0, n or more gives 1
 */
export function binomialCdf(k: number, n: number, p: number): number {
	if (k < 0) return 0;
	if (k >= n || p <= 0) return 1;
	if (p >= 1) return 0;
	const odds = p / (1 - p);
	let logScale = n * Math.log1p(-p);
	let term = 1;
	let sum = 1;
	for (let i = 0; i < k; i++) {
		const ratio = ((n - i) / (i + 1)) * odds;
		term *= ratio;
		sum += term;
		// Past the mode terms only shrink: what cannot be seen in the sum any more ends it.
		if (ratio < 1 && term < sum * Number.EPSILON * 2 ** -10) break;
		if (sum > LARGE) {
			term /= LARGE;
			sum /= LARGE;
			logScale += LOG_LARGE;
		}
	}
	return Math.min(1, Math.exp(logScale + Math.log(sum)));
}

/** Far from what a double can hold, with room for one more ratio. */
const LARGE = 1e200;
const LOG_LARGE = Math.log(LARGE);

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
