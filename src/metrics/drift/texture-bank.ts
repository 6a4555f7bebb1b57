/** How far a surface is from those of calibration: the distance to the nearest ones, since calibration may hold several kinds. */

export interface TextureBank {
	/** Per dimension of the signature. */
	readonly mean: readonly number[];
	readonly deviation: readonly number[];
	/** Signatures as measured. */
	readonly signatures: readonly (readonly number[])[];
}

/** The mean over so many neighbours: one odd signature in the bank does not make its like look usual. */
const NEIGHBOURS = 3;
/** Smallest deviation, so that a dimension in which all of calibration agrees does not outweigh the rest. */
const LEAST_DEVIATION = 0.05;

/** @param signatures of one length; at least one */
export function textureBankOf(signatures: readonly (readonly number[])[]): TextureBank {
	const dimensions = signatures[0].map((_, d) => signatures.map((signature) => signature[d]));
	const mean = dimensions.map(meanOf);
	const deviation = dimensions.map((values, d) =>
		Math.max(LEAST_DEVIATION, Math.sqrt(meanOf(values.map((value) => (value - mean[d]) ** 2)))),
	);
	const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(3)));
	return { mean: rounded(mean), deviation: rounded(deviation), signatures: signatures.map(rounded) };
}

/** Distances in deviations of calibration, per dimension. */
export function textureDistance({ deviation, signatures }: TextureBank, signature: readonly number[]): number {
	const nearest = new Array<number>(NEIGHBOURS).fill(Number.POSITIVE_INFINITY);
	for (const known of signatures) {
		let sum = 0;
		for (let d = 0; d < known.length; d++) sum += ((signature[d] - known[d]) / deviation[d]) ** 2;
		if (sum >= nearest[NEIGHBOURS - 1]) continue;
		nearest[NEIGHBOURS - 1] = sum;
		nearest.sort((a, b) => a - b);
	}
	const found = nearest.filter(Number.isFinite);
	return meanOf(found.map((sum) => Math.sqrt(sum / deviation.length)));
}

function meanOf(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
