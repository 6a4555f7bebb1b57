/** Dice loss: 1 − (2Σpg + ε) / (Σp + Σg + ε), which weighs a small defect as much as a large one. */
import { z } from 'zod';
import { loss } from './loss.ts';

const options = z.strictObject({
	/** `image`: mean over the defective images, so that small defects count; `batch`: one ratio of sums. */
	over: z.enum(['image', 'batch']).default('image'),
	epsilon: z.number().positive().default(1),
});

export const dice = loss(options, ({ over, epsilon }, g, { logits, target, defective }) => {
	const p = g.sigmoid(logits);
	const [n] = g.shape(logits);
	const axes = over === 'image' ? [1, 2, 3] : [0, 1, 2, 3];
	const smooth = g.scalar(epsilon);
	const both = g.reduceSum(g.mul(p, target), axes);
	const either = g.add(g.reduceSum(p, axes), g.reduceSum(target, axes));
	const ratio = g.div(g.add(g.mul(both, g.scalar(2)), smooth), g.add(either, smooth));
	const miss = g.sub(g.scalar(1), ratio);
	if (over === 'batch') return miss;
	const weight = g.reshape(defective, [n]);
	const count = g.op('Max', [g.reduceSum(weight, [0]), g.scalar(1)]);
	return g.div(g.reduceSum(g.mul(miss, weight), [0]), count);
});
