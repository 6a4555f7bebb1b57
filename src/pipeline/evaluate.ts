/** A bundle on labelled images: the figures, through the graph that is deployed. */
import type { Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { ModelOptions } from '../inference/model.ts';
import { type Evaluation, evaluation } from '../metrics/evaluation.ts';
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { loadSplit } from '../training/datasets/load-split.ts';
import { scoreImages } from '../training/score-images.ts';

/**
 * Scores one split with one model of a bundle, judged at the bundle's operating point.
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
	const { input, operatingPoint } = bundle.manifest;
	const data = { ...input, ...(await loadSplit(dataset, split, input)) };
	const { images, pixel } = await scoreImages({ bytes: bundle.model(precision) }, data, options);
	return { ...evaluation(images, operatingPoint, pixel), precision, split };
}
