/** A bundle on labelled images: the figures, through the graph that is deployed. */

import { whyGateIsOff } from '../bundle/cascade/why-gate-is-off.ts';
import type { Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { operatingPointOf } from '../bundle/operating-point-of.ts';
import type { View } from '../imaging/view/view.ts';
import type { ModelOptions } from '../inference/model.ts';
import { type Evaluation, evaluation } from '../metrics/evaluation.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { type VerdictFlips, verdictFlips } from '../metrics/verdict-flips.ts';
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { samplesOf } from '../training/datasets/load-split.ts';
import type { ScoredImage, ScoringGate } from '../training/score-images.ts';
import { scoreBundle } from './score-bundle.ts';

export interface EvaluationRequest {
	readonly split: Split;
	/** By default the bundle's default model. */
	readonly precision?: Precision;
	/** A model whose verdicts are compared with, at the threshold of the one that is judged. */
	readonly against?: Precision;
	/** Through which a station sees its parts. */
	readonly view?: View;
	/** Without the gate of the bundle, if it has one. */
	readonly withoutGate?: boolean;
}

export interface BundleEvaluation extends Evaluation {
	readonly precision: Precision;
	readonly split: Split;
	/** Through which the images were seen, if not stretched whole. */
	readonly view?: View;
	readonly flips?: VerdictFlips;
	/** Images that the gate passed by, where it ran. */
	readonly gated?: { readonly ok: number; readonly defect: number };
	/** Why the gate of the bundle did not run. */
	readonly whyNotGated?: string;
}

/**
 * Scores one split with one model of a bundle, judged at that model's operating point.
 *
 * @throws what loading and inference throw
 */
export async function evaluateBundle(
	bundle: Bundle,
	dataset: Dataset,
	{ split, precision = bundle.defaultPrecision, against, view, withoutGate }: EvaluationRequest,
	options: ModelOptions = {},
): Promise<BundleEvaluation> {
	const samples = samplesOf(dataset, split);
	const precisions = [precision, ...(against && against !== precision ? [against] : [])];
	const point = operatingPointOf(bundle.manifest, precision);
	const whyNotGated = withoutGate ? 'not wanted' : whyNoGate(bundle, precision, point, view);
	const gate = whyNotGated === undefined ? gateOf(bundle) : undefined;
	const scored = await scoreBundle(bundle, precisions, { dataset, samples, view, gate }, options);
	const { images, pixel } = scored.get(precision)!;
	const flips = against && verdictFlips(scored.get(against)!.images, images, point.threshold);
	return {
		...evaluation(images, point, pixel),
		precision,
		split,
		...(view && { view }),
		...(flips && { flips }),
		...(gate && { gated: countGated(images) }),
		...(bundle.manifest.cascade && whyNotGated !== undefined && { whyNotGated }),
	};
}

/** As at a station without further rules. */
function whyNoGate(
	{ manifest: { cascade } }: Bundle,
	precision: Precision,
	{ threshold }: OperatingPoint,
	view: View | undefined,
) {
	const throughView = view !== undefined;
	return cascade ? whyGateIsOff(cascade, { precision, threshold, throughView }) : 'there is none';
}

function gateOf(bundle: Bundle): ScoringGate {
	const { gate, threshold } = bundle.manifest.cascade!;
	return { bytes: bundle.read(gate.file), threshold, hasMask: bundle.manifest.outputs.mask !== undefined };
}

function countGated(images: readonly ScoredImage[]) {
	const count = (wanted: boolean) => images.filter(({ gated, defective }) => gated && defective === wanted).length;
	return { ok: count(false), defect: count(true) };
}
