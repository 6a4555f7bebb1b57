/** A bundle on labelled images: the figures, through the graph that is deployed. */
import type { Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { operatingPointOf } from '../bundle/operating-point-of.ts';
import type { ModelOptions } from '../inference/model.ts';
import { type Evaluation, evaluation } from '../metrics/evaluation.ts';
import { type VerdictFlips, verdictFlips } from '../metrics/verdict-flips.ts';
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { loadSplit } from '../training/datasets/load-split.ts';
import { scoreImages } from '../training/score-images.ts';
import { modelToScore } from './model-to-score.ts';

export interface EvaluationRequest {
	readonly split: Split;
	/** By default the bundle's default model. */
	readonly precision?: Precision;
	/** A model whose verdicts are compared with, at the threshold of the one that is judged. */
	readonly against?: Precision;
}

export interface BundleEvaluation extends Evaluation {
	readonly precision: Precision;
	readonly split: Split;
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
	{ split, precision = bundle.defaultPrecision, against }: EvaluationRequest,
	options: ModelOptions = {},
): Promise<BundleEvaluation> {
	const { input } = bundle.manifest;
	const data = { ...input, ...(await loadSplit(dataset, split, input)) };
	const scoresOf = (name: Precision) => scoreImages({ bytes: modelToScore(name, bundle.model(name)) }, data, options);
	const { images, pixel } = await scoresOf(precision);
	const point = operatingPointOf(bundle.manifest, precision);
	const flips = against && verdictFlips((await scoresOf(against)).images, images, point.threshold);
	return { ...evaluation(images, point, pixel), precision, split, ...(flips && { flips }) };
}
