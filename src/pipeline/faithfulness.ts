/** How well a quantized model stands in for its float model on labelled images. */
import { type ScoredImages, selectionMetric } from '../training/score-images.ts';

/** What it scores (AP and IoU), less how far its scores moved on average: thresholds rest on scores. */
export function faithfulness(float: ScoredImages, quantized: ScoredImages): number {
	const moved = quantized.images.map(({ score }, i) => Math.abs(score - float.images[i].score));
	return selectionMetric(quantized) - moved.reduce((sum, difference) => sum + difference, 0) / moved.length;
}
