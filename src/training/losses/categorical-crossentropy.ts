/** Categorical cross-entropy from logits: one class of several is right. */
import { z } from 'zod';
import { float32 } from '../../graph/graph.ts';
import { loss } from './loss.ts';

const options = z.strictObject({
	/** Weight of each class, channel 0 first; all 1 unless given. */
	classWeights: z.array(z.number().min(0)).optional(),
	/** Share of the truth that is spread evenly over all classes (Szegedy et al. 2016). */
	smoothing: z.number().min(0).lt(1).default(0),
});

/** −Σ w·t·log softmax(z) / Σ w·t over all elements, with t ← (1 − s)·t + s/C. */
export const categoricalCrossentropy = loss(
	options,
	({ classWeights, smoothing }, g, { logits, target }) => {
		const shape = g.shape(logits);
		const axes = shape.map((_, axis) => axis);
		const classes = shape[1];
		const smooth =
			smoothing > 0 ? g.add(g.mul(target, g.scalar(1 - smoothing)), g.scalar(smoothing / classes)) : target;
		const weights = classWeights && g.constant(float32([1, classes, ...shape.slice(2).map(() => 1)], classWeights));
		const weighted = weights ? g.mul(smooth, weights) : smooth;
		const logProbabilities = g.op('LogSoftmax', [logits], { axis: 1 });
		const total = g.neg(g.reduceSum(g.mul(weighted, logProbabilities), axes));
		if (weights) return g.div(total, g.reduceSum(g.mul(target, weights), axes));
		return g.mul(total, g.scalar(classes / shape.reduce((product, d) => product * d, 1)));
	},
	{ name: 'categorical-crossentropy', activation: 'softmax', instead: 'bce' },
);
