/** A bundle on labelled images: the figures, through the graph that is deployed. */
import type { Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { operatingPointOf } from '../bundle/operating-point-of.ts';
import type { ModelOptions } from '../inference/model.ts';
import { type Evaluation, evaluation } from '../metrics/evaluation.ts';
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { loadSplit } from '../training/datasets/load-split.ts';
import { scoreImages } from '../training/score-images.ts';
import { modelToScore } from './model-to-score.ts';

/**
 * Scores one split with one model of a bundle, judged at that model's operating point.
 *
 * @param precision by default the bundle's default model
 * @throws what loading and inference throw
 */
export async function evaluateBundle(
	bundle: Bundle,
	dataset: Dataset,
	split: Split,
	precision: Precision = bundle.defaultPrecision,
	options: ModelOptions = {},
): Promise<Evaluation & { precision: Precision; split: Split }> {
	const { input } = bundle.manifest;
	const data = { ...input, ...(await loadSplit(dataset, split, input)) };
	const bytes = modelToScore(precision, bundle.model(precision));
	const { images, pixel } = await scoreImages({ bytes }, data, options);
	return { ...evaluation(images, operatingPointOf(bundle.manifest, precision), pixel), precision, split };
}
