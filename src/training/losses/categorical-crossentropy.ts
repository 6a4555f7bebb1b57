/** Categorical cross-entropy from logits: one class of several is right. */
import { z } from 'zod';
import { alongChannels, elementWeights, perWeight } from './class-weights.ts';
import { loss } from './loss.ts';

const options = z.strictObject({
	/** Share of the truth that is spread evenly over all classes (Szegedy et al. 2016). */
	smoothing: z.number().min(0).lt(1).default(0),
});

/** −Σ w·t·log softmax(z) / Σ w·t over all elements, with t ← (1 − s)·t + s/C in the numerator. */
export const categoricalCrossentropy = loss(
	options,
	({ smoothing }, g, inputs) => {
		const { logits, target, classWeights } = inputs;
		const classes = g.shape(logits)[1];
		const smooth =
			smoothing > 0 ? g.add(g.mul(target, g.scalar(1 - smoothing)), g.scalar(smoothing / classes)) : target;
		const truth = classWeights ? g.mul(smooth, alongChannels(g, logits, classWeights)) : smooth;
		const logProbabilities = g.op('LogSoftmax', [logits], { axis: 1 });
		const surprise = g.neg(g.reduceSum(g.mul(truth, logProbabilities), [1], 1));
		return perWeight(g, surprise, elementWeights(g, inputs));
	},
	{ name: 'categorical-crossentropy', activation: 'softmax', instead: 'bce' },
);
