/** How far a predicted mask and the true one cover each other, in pixels. */

export interface Overlap {
	/** Pixels in both. */
	readonly intersection: number;
	/** Pixels in either. */
	readonly union: number;
}

/**
 * Compares {probability > threshold} with the true mask.
 *
 * @param probabilities defect probability per pixel
 * @param truth the same pixels, 0 = sound, anything else = defect
 * @throws TypeError when the two differ in size
 */
export function overlapOf(probabilities: Float32Array, truth: Uint8Array | Float32Array, threshold = 0.5): Overlap {
	if (probabilities.length !== truth.length)
		throw new TypeError(`a mask of ${truth.length} pixels cannot judge ${probabilities.length} probabilities`);
	let intersection = 0;
	let union = 0;
	for (let i = 0; i < truth.length; i++) {
		const predicted = probabilities[i] > threshold;
		const real = truth[i] !== 0;
		if (predicted && real) intersection++;
		if (predicted || real) union++;
	}
	return { intersection, union };
}

/** Intersection over union; NaN when both masks are empty. */
export function iouOf({ intersection, union }: Overlap): number {
	return intersection / union;
}

/** Dice, 2|P∩G| / (|P| + |G|); NaN when both masks are empty. */
export function diceOf({ intersection, union }: Overlap): number {
	return (2 * intersection) / (union + intersection);
}
