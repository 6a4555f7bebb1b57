/** How values are spread, by nearest rank. */

export interface Spread {
	readonly p50: number;
	readonly p99: number;
	readonly max: number;
}

/** @returns zeros of no values */
export function percentilesOf(values: readonly number[]): Spread {
	const sorted = Float64Array.from(values).sort();
	const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
	return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** The middle one, or the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length / 2;
	return (sorted[Math.floor(middle - 0.5)] + sorted[Math.floor(middle)]) / 2;
}

/** Slope of the straight line that fits best, in units of y by unit of x. */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
	const mean = (of: 'x' | 'y') => points.reduce((sum, point) => sum + point[of], 0) / points.length;
	const [x0, y0] = [mean('x'), mean('y')];
	const covariance = points.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0);
	return covariance / points.reduce((sum, { x }) => sum + (x - x0) ** 2, 0);
}
