/** Soft overlaps of probabilities and truth: Dice, IoU and Tversky losses are one minus a ratio of their sums. */
import { z } from 'zod';
import type { GraphBuilder } from '../../graph/builder.ts';
import { float32 } from '../../graph/graph.ts';
import { weightedMean } from './class-weights.ts';
import type { WeighedInputs } from './loss.ts';

/** `image`: a mean over what is present in each image, so that small defects count; `batch`: one ratio of sums a class. */
type Over = 'image' | 'batch';

export const overlapOptions = (over: Over) =>
	z.strictObject({
		/**
		 * `image`: mean over the defects of each image, so that small ones count, while images without any are not judged;
		 * `batch`: one ratio of sums a class, in which false alarms on sound images count too.
		 */
		over: z.enum(['image', 'batch']).default(over),
		/** Added to both sums, in pixels: keeps the ratio of two empty masks at 1. */
		epsilon: z.number().positive().default(1),
	});

/** Names of values of one shape: [N, F] over images, [1, F] over the batch, F judged channels. */
export interface SoftOverlap {
	/** Σ p·t */
	readonly both: string;
	/** Σ p */
	readonly predicted: string;
	/** Σ t */
	readonly truth: string;
}

/**
 * mean[1 − (numerator + ε) / (denominator + ε)] over images and classes.
 *
 * Background is left out, because it would drown the defects; with class weights it counts by its own weight.
 *
 * @param ratio the two sums, names of values shaped as those of the overlap
 */
export function overlapLoss(
	g: GraphBuilder,
	inputs: WeighedInputs,
	{ over, epsilon }: { readonly over: Over; readonly epsilon: number },
	ratio: (overlap: SoftOverlap) => readonly [numerator: string, denominator: string],
): string {
	const overlap = softOverlap(g, inputs, over);
	const [covered, total] = ratio(overlap).map((sum) => g.add(sum, g.scalar(epsilon)));
	const miss = g.sub(g.scalar(1), g.div(covered, total));
	const present = over === 'image' ? [presentIn(g, overlap.truth)] : [];
	const weighed = inputs.classWeights
		? [g.constant(float32([1, inputs.classWeights.length], inputs.classWeights))]
		: [];
	const weights = [...present, ...weighed].reduce<string | undefined>((a, b) => (a ? g.mul(a, b) : b), undefined);
	return weightedMean(g, miss, weights);
}

function softOverlap(g: GraphBuilder, inputs: WeighedInputs, over: Over): SoftOverlap {
	const [p, t] = [inputs.probabilities, inputs.target].map((x) => judged(g, x, inputs));
	const spatial = g.shape(inputs.logits).flatMap((_, axis) => (axis > 1 ? [axis] : []));
	const axes = over === 'image' ? spatial : [0, ...spatial];
	const sum = (x: string) => {
		const total = axes.length > 0 ? g.reduceSum(x, axes) : x;
		return over === 'image' ? total : g.reshape(total, [1, -1]);
	};
	return { both: sum(g.mul(p, t)), predicted: sum(p), truth: sum(t) };
}

/** The channels that count: all defects, and the background only when it has a weight. */
function judged(g: GraphBuilder, x: string, { activation, classWeights }: WeighedInputs): string {
	if (activation === 'softmax') return classWeights ? x : g.slice(x, [1], [1], [g.shape(x)[1]]);
	return classWeights ? g.concat([g.sub(g.scalar(1), x), x], 1) : x;
}

/** 1 where a class is present in the truth. */
function presentIn(g: GraphBuilder, truth: string): string {
	return g.op('Cast', [g.op('Greater', [truth, g.scalar(0)])], { to: 1 });
}
