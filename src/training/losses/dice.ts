/** Dice loss (Milletari et al. 2016), which weighs a small defect as much as a large one. */
import { loss } from './loss.ts';
import { overlapLoss, overlapOptions } from './overlap.ts';

/** 1 − (2Σpt + ε) / (Σp + Σt + ε) */
export const dice = loss(overlapOptions('image'), (options, g, inputs) =>
	overlapLoss(g, inputs, options, ({ both, predicted, truth }) => [g.mul(both, g.scalar(2)), g.add(predicted, truth)]),
);
