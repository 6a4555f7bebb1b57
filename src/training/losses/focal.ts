/** Focal loss (Lin et al. 2017): cross-entropy that fades where the network is sure and right, so that the hard and rare counts. */
import { z } from 'zod';
import type { GraphBuilder } from '../../graph/builder.ts';
import { elementWeights, weightedMean } from './class-weights.ts';
import { loss, type WeighedInputs } from './loss.ts';

const options = z.strictObject({
	/** How fast what is right fades; 0 is cross-entropy. */
	gamma: z.number().min(0).max(10).default(2),
});

/** mean[−(1 − pₜ)^γ · log pₜ] with pₜ the probability of the truth; the paper's α is `classWeights: [1 − α, α]`. */
export const focal = loss(options, ({ gamma }, g, inputs) => {
	const each = inputs.activation === 'sigmoid' ? binary(g, inputs, gamma) : categorical(g, inputs, gamma);
	return weightedMean(g, each, elementWeights(g, inputs));
});

/** With u = z for positives and −z for negatives, pₜ = σ(u) and (1 − pₜ)^γ = exp(−γ·softplus(u)): finite for any logit. */
function binary(g: GraphBuilder, { logits, target }: WeighedInputs, gamma: number): string {
	const u = g.mul(logits, g.sub(g.mul(target, g.scalar(2)), g.scalar(1)));
	const surprise = g.op('Softplus', [g.neg(u)]);
	return g.mul(g.op('Exp', [g.mul(g.op('Softplus', [u]), g.scalar(-gamma))]), surprise);
}

/** 1 − pₜ as the sum of the other probabilities: a difference would round to nothing. */
function categorical(g: GraphBuilder, { logits, target, probabilities }: WeighedInputs, gamma: number): string {
	const surprise = g.neg(g.reduceSum(g.mul(target, g.op('LogSoftmax', [logits], { axis: 1 })), [1], 1));
	if (gamma === 0) return surprise;
	const others = g.reduceSum(g.mul(g.sub(g.scalar(1), target), probabilities), [1], 1);
	// The slope of a power below 1 is infinite at 0.
	const fade = g.op('Pow', [g.op('Max', [others, g.scalar(1e-7)]), g.scalar(gamma)]);
	return g.mul(fade, surprise);
}
