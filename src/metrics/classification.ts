/** How well a classifier tells several classes apart. */

export interface Classification {
	readonly classes: readonly string[];
	/** Images scored. */
	readonly n: number;
	/** Share whose likeliest class is the true one. */
	readonly accuracy: number;
	/** Mean −log p of the true class. */
	readonly loss: number;
	/** Share of each class that is recognised; NaN where there are none. */
	readonly recall: Readonly<Record<string, number>>;
	/** Counts: row = true class, column = likeliest class. */
	readonly confusion: readonly (readonly number[])[];
}

/**
 * @param labels true class of each image
 * @param probabilities per image, one per class
 */
export function classification(
	classes: readonly string[],
	labels: readonly number[],
	probabilities: readonly Float32Array[],
): Classification {
	const confusion = classes.map(() => new Array<number>(classes.length).fill(0));
	let loss = 0;
	for (const [i, label] of labels.entries()) {
		const row = probabilities[i];
		confusion[label][row.indexOf(Math.max(...row))]++;
		loss -= Math.log(Math.max(row[label], 1e-12));
	}
	const hits = classes.reduce((sum, _, c) => sum + confusion[c][c], 0);
	const recall = classes.map((name, c) => [name, confusion[c][c] / confusion[c].reduce((a, b) => a + b, 0)] as const);
	return {
		classes,
		n: labels.length,
		accuracy: hits / labels.length,
		loss: loss / labels.length,
		recall: Object.fromEntries(recall),
		confusion,
	};
}
