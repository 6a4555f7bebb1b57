/** An estimate of a mask's IoU where the truth is not known, from the model's own probabilities. */

/**
 * Expected IoU Σ_M p / (|M| + Σ_¬M p) of the mask M = {p > threshold}. It is only as honest as the probabilities are
 * calibrated, and is never to be called IoU without the word expected. Undefined when the mask is empty.
 */
export function expectedIou(probabilities: Float32Array, threshold = 0.5): number | undefined {
	let area = 0;
	let inside = 0;
	let outside = 0;
	for (let i = 0; i < probabilities.length; i++) {
		const p = probabilities[i];
		if (p > threshold) {
			area++;
			inside += p;
		} else outside += p;
	}
	return area === 0 ? undefined : inside / (area + outside);
}
