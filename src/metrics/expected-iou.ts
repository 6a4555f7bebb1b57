/** An estimate of a mask's IoU where the truth is not known, from the model's own probabilities. */

/**
 * Expected IoU Σ_M p / (|M| + Σ_¬M p) of the mask M = {p > threshold}. It is only as honest as the probabilities are
 * calibrated, and is never to be called IoU without the word expected. Undefined when the mask is empty.
 */
export function expectedIou(probabilities: Float32Array, threshold = 0.5): number | undefined {
	let area = 0;
	let inside = 0;
	// Of all pixels, in four sums side by side: in one, each addition would wait for the one before it.
	let [a, b, c, d] = [0, 0, 0, 0];
	const whole = probabilities.length & ~3;
	for (let i = 0; i < whole; i += 4) {
		a += probabilities[i];
		b += probabilities[i + 1];
		c += probabilities[i + 2];
		d += probabilities[i + 3];
	}
	for (let i = whole; i < probabilities.length; i++) a += probabilities[i];
	for (let i = 0; i < probabilities.length; i++) {
		if (!(probabilities[i] > threshold)) continue;
		area++;
		inside += probabilities[i];
	}
	return area === 0 ? undefined : inside / (area + (a + b + c + d - inside));
}
