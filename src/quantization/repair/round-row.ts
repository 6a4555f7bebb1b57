/** Rounds the weights of one output channel up or down so that its output, not each weight, comes out closest. */

/**
 * Minimises (ŵ − w)ᵀ·G·(ŵ − w), the mean squared error of the channel's output, over rounding each weight to either
 * neighbour: the objective of AdaRound (Nagel et al. 2020, Up or Down?, equation 20), which they relax and descend by
 * gradient. Here weights are flipped one at a time while that lowers the error: no step raises it, so the result is never
 * worse than rounding to the nearest.
 *
 * @param row weights, [n]
 * @param nearest their codes by rounding to the nearest, [n]; changed in place
 * @param gram second moments of the inputs, [n, n] symmetric
 * @returns the error before and after
 */
export function roundRow(
	row: Float32Array,
	nearest: Int8Array,
	scale: number,
	gram: Float64Array,
): { before: number; after: number } {
	const n = row.length;
	const errors = Float64Array.from(row, (w, i) => nearest[i] * scale - w);
	const slopes = new Float64Array(n);
	for (let i = 0; i < n; i++) addScaled(slopes, gram.subarray(i * n, (i + 1) * n), errors[i]);
	const before = dot(errors, slopes);
	for (let sweep = 0, flips = -1; sweep < MOST_SWEEPS && flips !== 0; sweep++) {
		flips = 0;
		for (let i = 0; i < n; i++) {
			const step = stepOf(errors[i], nearest[i], scale);
			// The error changes by 2·step·slope + step²·G[i,i].
			if (step === 0 || step * (2 * slopes[i] + step * gram[i * n + i]) >= -before * NEGLIGIBLE) continue;
			nearest[i] += Math.sign(step);
			errors[i] += step;
			addScaled(slopes, gram.subarray(i * n, (i + 1) * n), step);
			flips++;
		}
	}
	return { before, after: Math.min(before, Math.max(0, dot(errors, slopes))) };
}

const MOST_SWEEPS = 20;
/** Of the error: smaller gains are rounding of the sums. */
const NEGLIGIBLE = 1e-9;

/** To the neighbour on the other side of the weight; 0 where there is none, or no code for it. */
function stepOf(error: number, code: number, scale: number): number {
	if (error === 0) return 0;
	const next = error > 0 ? code - 1 : code + 1;
	return next < -127 || next > 127 ? 0 : (next - code) * scale;
}

function addScaled(sums: Float64Array, values: Float64Array, factor: number): void {
	for (let i = 0; i < sums.length; i++) sums[i] += values[i] * factor;
}

function dot(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
	return sum;
}
