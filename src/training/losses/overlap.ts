/** Soft intersections of probabilities and truth: what Dice, IoU and Tversky losses are ratios of. */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { LossInputs } from './loss.ts';

/** `image`: a mean over what is present in each image, so that small defects count; `batch`: one ratio of sums a class. */
export type Over = 'image' | 'batch';

/** Names of values of one shape: [N, F] over images, [1, F] over the batch, F foreground channels. */
export interface SoftOverlap {
	/** Σ p·t */
	readonly both: string;
	/** Σ p */
	readonly predicted: string;
	/** Σ t */
	readonly truth: string;
}

/** Of a softmax head the background channel is left out: it would drown the defects. */
export function softOverlap(g: GraphBuilder, inputs: LossInputs, over: Over): SoftOverlap {
	const foreground = (x: string) =>
		inputs.activation === 'sigmoid' ? x : g.slice(x, [1], [1], [g.shape(inputs.logits)[1]]);
	const [p, t] = [foreground(inputs.probabilities), foreground(inputs.target)];
	const spatial = g.shape(inputs.logits).flatMap((_, axis) => (axis > 1 ? [axis] : []));
	const axes = over === 'image' ? spatial : [0, ...spatial];
	const sum = (x: string) => {
		const total = axes.length > 0 ? g.reduceSum(x, axes) : x;
		return over === 'image' ? total : g.reshape(total, [1, -1]);
	};
	return { both: sum(g.mul(p, t)), predicted: sum(p), truth: sum(t) };
}

/** The mean of a loss [rows, F] over the entries whose class is present in the truth; 0 when none is. */
export function meanOverPresent(g: GraphBuilder, miss: string, truth: string): string {
	const present = g.op('Cast', [g.op('Greater', [truth, g.scalar(0)])], { to: 1 });
	const count = g.op('Max', [g.reduceSum(present, [0, 1]), g.scalar(1)]);
	return g.div(g.reduceSum(g.mul(miss, present), [0, 1]), count);
}
