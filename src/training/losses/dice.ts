/** Dice loss: 1 − (2Σpg + ε) / (Σp + Σg + ε), which weighs a small defect as much as a large one. */
import { z } from 'zod';
import { loss } from './loss.ts';
import { meanOverPresent, softOverlap } from './overlap.ts';

const options = z.strictObject({
	/** `image`: mean over the defects of each image, so that small ones count; `batch`: one ratio of sums a class. */
	over: z.enum(['image', 'batch']).default('image'),
	epsilon: z.number().positive().default(1),
});

/** Milletari et al. 2016. */
export const dice = loss(options, ({ over, epsilon }, g, inputs) => {
	const { both, predicted, truth } = softOverlap(g, inputs, over);
	const smooth = g.scalar(epsilon);
	const ratio = g.div(g.add(g.mul(both, g.scalar(2)), smooth), g.add(g.add(predicted, truth), smooth));
	const miss = g.sub(g.scalar(1), ratio);
	return over === 'batch' ? g.reduceMean(miss, [0, 1]) : meanOverPresent(g, miss, truth);
});
