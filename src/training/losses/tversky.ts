/** Tversky loss (Salehi et al. 2017): an overlap in which missed and false pixels have their own price. */
import { z } from 'zod';
import { loss } from './loss.ts';
import { overlapLoss, overlapOptions } from './overlap.ts';

const options = overlapOptions('batch').extend({
	/** Price of a false pixel. */
	alpha: z.number().min(0).default(0.3),
	/** Price of a missed pixel; above `alpha` it favours recall. Both 0.5 is Dice, both 1 is IoU. */
	beta: z.number().min(0).default(0.7),
});

/** 1 − (Σpt + ε) / (Σpt + α·Σp(1 − t) + β·Σ(1 − p)t + ε) */
export const tversky = loss(options, (settings, g, inputs) =>
	overlapLoss(g, inputs, settings, ({ both, predicted, truth }) => {
		const falsePixels = g.mul(g.sub(predicted, both), g.scalar(settings.alpha));
		const missedPixels = g.mul(g.sub(truth, both), g.scalar(settings.beta));
		return [both, g.add(both, g.add(falsePixels, missedPixels))];
	}),
);
