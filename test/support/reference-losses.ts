/** Every loss once more, in plain float64 and straight from its paper's formula, for the graphs to be checked against. */

/** Logits and truth of `images` × `channels` × `pixels` elements, row-major. */
export interface Judged {
	readonly images: number;
	/** 1 for a sigmoid head, else the classes of a softmax head. */
	readonly channels: number;
	readonly pixels: number;
	readonly logits: ArrayLike<number>;
	/** Class of each pixel, images × pixels. */
	readonly truth: ArrayLike<number>;
}

interface Options {
	readonly classWeights?: readonly number[];
	readonly positiveWeight?: number;
	readonly smoothing?: number;
	readonly gamma?: number;
	readonly over?: 'image' | 'batch';
	readonly epsilon?: number;
	readonly alpha?: number;
	readonly beta?: number;
}

export const REFERENCES: Readonly<Record<string, (data: Judged, options: Options) => number>> = {
	bce: (data, { positiveWeight = 1, ...options }) =>
		mean(data, options, ({ p, k, z }) => (k === 1 ? positiveWeight * surprise(p[1], z) : surprise(p[0], -z))),
	'categorical-crossentropy': (data, { smoothing = 0, classWeights }) => {
		let [sum, count] = [0, 0];
		for (const { p, k } of elements(data)) {
			for (const [c, probability] of p.entries()) {
				const share = (c === k ? 1 - smoothing : 0) + smoothing / p.length;
				sum -= share * (classWeights?.[c] ?? 1) * Math.log(probability);
			}
			count += classWeights?.[k] ?? 1;
		}
		return sum / count;
	},
	focal: (data, { gamma = 2, ...options }) =>
		mean(data, options, ({ p, k }) => -((1 - p[k]) ** gamma) * Math.log(p[k])),
	dice: (data, options) =>
		overlap(data, { over: 'image', ...options }, ({ both, predicted, truth }) => [2 * both, predicted + truth]),
	iou: (data, options) =>
		overlap(data, { over: 'batch', ...options }, ({ both, predicted, truth }) => [both, predicted + truth - both]),
	tversky: (data, { alpha = 0.3, beta = 0.7, ...options }) =>
		overlap(data, { over: 'batch', ...options }, ({ both, predicted, truth }) => [
			both,
			both + alpha * (predicted - both) + beta * (truth - both),
		]),
};

interface Element {
	readonly image: number;
	/** Probability of every class; of sound and defect for a sigmoid head. */
	readonly p: readonly number[];
	/** The true class. */
	readonly k: number;
	/** The logit of a sigmoid head. */
	readonly z: number;
}

function elements({ images, channels, pixels, logits, truth }: Judged): Element[] {
	return Array.from({ length: images * pixels }, (_, i) => {
		const [image, pixel] = [Math.floor(i / pixels), i % pixels];
		const z = Array.from({ length: channels }, (_, c) => logits[(image * channels + c) * pixels + pixel]);
		const exps = (channels === 1 ? [0, z[0]] : z).map(Math.exp);
		const total = exps.reduce((a, b) => a + b, 0);
		return { image, p: exps.map((value) => value / total), k: truth[i], z: z[0] };
	});
}

/** −log σ(z), from the logit where the probability has rounded to 0. */
function surprise(p: number, z: number): number {
	return p > 0 ? -Math.log(p) : -z;
}

function mean(data: Judged, { classWeights }: Options, loss: (element: Element) => number): number {
	let [sum, count] = [0, 0];
	for (const element of elements(data)) {
		const weight = classWeights?.[element.k] ?? 1;
		sum += weight * loss(element);
		count += weight;
	}
	return sum / count;
}

interface Sums {
	readonly both: number;
	readonly predicted: number;
	readonly truth: number;
}

function overlap(
	data: Judged,
	{ over, epsilon = 1, classWeights }: Options,
	ratio: (sums: Sums) => readonly [number, number],
): number {
	const all = elements(data);
	const rows = over === 'batch' ? [all] : [...Map.groupBy(all, ({ image }) => image).values()];
	const classes = Math.max(2, data.channels);
	let [sum, count] = [0, 0];
	for (const row of rows)
		for (let c = classWeights ? 0 : 1; c < classes; c++) {
			const truth = row.filter(({ k }) => k === c).length;
			const predicted = row.reduce((total, { p }) => total + p[c], 0);
			const both = row.reduce((total, { p, k }) => total + (k === c ? p[c] : 0), 0);
			const weight = over === 'image' && truth === 0 ? 0 : (classWeights?.[c] ?? 1);
			const [covered, whole] = ratio({ both, predicted, truth });
			sum += weight * (1 - (covered + epsilon) / (whole + epsilon));
			count += weight;
		}
	return count === 0 ? 0 : sum / count;
}
