/** Binary cross-entropy from logits: stable for any size of logit. */
import { z } from 'zod';
import { elementWeights, weightedMean } from './class-weights.ts';
import { loss } from './loss.ts';

const options = z.strictObject({
	/** Weight of positive elements, to balance rare defects. */
	positiveWeight: z.number().positive().default(1),
});

/** mean[(1 + (w − 1)·t)·softplus(z) − w·t·z], which is −w·t·log σ(z) − (1 − t)·log(1 − σ(z)). */
export const bce = loss(
	options,
	({ positiveWeight }, g, inputs) => {
		const { logits, target } = inputs;
		const weight = g.add(g.mul(target, g.scalar(positiveWeight - 1)), g.scalar(1));
		const soft = g.mul(g.op('Softplus', [logits]), weight);
		const hit = g.mul(g.mul(target, logits), g.scalar(positiveWeight));
		return weightedMean(g, g.sub(soft, hit), elementWeights(g, inputs));
	},
	{ name: 'bce', activation: 'sigmoid', instead: 'categorical-crossentropy' },
);
