/** IoU loss (Rahman and Wang 2016): trains the very ratio by which masks are judged. */
import { loss } from './loss.ts';
import { overlapLoss, overlapOptions } from './overlap.ts';

/** 1 − (Σpt + ε) / (Σ(p + t − pt) + ε), one ratio over the batch unless told otherwise. */
export const iou = loss(overlapOptions('batch'), (options, g, inputs) =>
	overlapLoss(g, inputs, options, ({ both, predicted, truth }) => [both, g.sub(g.add(predicted, truth), both)]),
);
