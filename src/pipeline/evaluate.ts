/** A bundle on labelled images: the figures, through the graph that is deployed. */
import type { Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { operatingPointOf } from '../bundle/operating-point-of.ts';
import type { View } from '../imaging/view/view.ts';
import type { ModelOptions } from '../inference/model.ts';
import { type Evaluation, evaluation } from '../metrics/evaluation.ts';
import { type VerdictFlips, verdictFlips } from '../metrics/verdict-flips.ts';
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { samplesOf } from '../training/datasets/load-split.ts';
import { scoreBundle } from './score-bundle.ts';

export interface EvaluationRequest {
	readonly split: Split;
	/** By default the bundle's default model. */
	readonly precision?: Precision;
	/** A model whose verdicts are compared with, at the threshold of the one that is judged. */
	readonly against?: Precision;
	/** Through which a station sees its parts. */
	readonly view?: View;
}

export interface BundleEvaluation extends Evaluation {
	readonly precision: Precision;
	readonly split: Split;
	/** Through which the images were seen, if not stretched whole. */
	readonly view?: View;
	readonly flips?: VerdictFlips;
}

/**
 * Scores one split with one model of a bundle, judged at that model's operating point.
 *
 * @throws what loading and inference throw
 */
export async function evaluateBundle(
	bundle: Bundle,
	dataset: Dataset,
	{ split, precision = bundle.defaultPrecision, against, view }: EvaluationRequest,
	options: ModelOptions = {},
): Promise<BundleEvaluation> {
	const samples = samplesOf(dataset, split);
	const precisions = [precision, ...(against && against !== precision ? [against] : [])];
	const scored = await scoreBundle(bundle, precisions, { dataset, samples, view }, options);
	const { images, pixel } = scored.get(precision)!;
	const point = operatingPointOf(bundle.manifest, precision);
	const flips = against && verdictFlips(scored.get(against)!.images, images, point.threshold);
	return { ...evaluation(images, point, pixel), precision, split, ...(view && { view }), ...(flips && { flips }) };
}
