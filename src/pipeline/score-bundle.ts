/** Scores labelled images with models of a bundle as a station would see them: stretched whole, or through its view. */
import type { Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { openFrameInspector } from '../bundle/open-frame-inspector.ts';
import { parityInputs } from '../bundle/parity.ts';
import { fitMask } from '../imaging/view/fit-view.ts';
import type { View } from '../imaging/view/view.ts';
import { openInspector } from '../inference/inspector-model.ts';
import type { ModelOptions } from '../inference/model.ts';
import type { Dataset, Sample } from '../training/datasets/dataset.ts';
import { labelsOf } from '../training/datasets/labels.ts';
import { loadSamples } from '../training/datasets/load-split.ts';
import { type ScoredImages, ScoreTotals, type ScoringGate, scoreImages } from '../training/score-images.ts';
import { modelToScore } from './model-to-score.ts';

/** What is scored. */
export interface ToScore {
	readonly dataset: Dataset;
	readonly samples: readonly Sample[];
	readonly view?: View;
	/** In front of every model; not through a view. */
	readonly gate?: ScoringGate;
}

/**
 * Without a view images are decoded once, to the model's input size, and kept; through a view one is held at a time, in its
 * own size.
 *
 * @returns the results of each model, in the order of the samples
 * @throws what loading and inference throw; FRAME_SIZE_WRONG and CONFIG_INVALID when the view does not lie on an image
 */
export async function scoreBundle(
	bundle: Bundle,
	precisions: readonly Precision[],
	{ dataset, samples, view, gate }: ToScore,
	options: ModelOptions = {},
): Promise<Map<Precision, ScoredImages>> {
	const { input } = bundle.manifest;
	const scored = new Map<Precision, ScoredImages>();
	if (view) {
		for (const precision of precisions)
			scored.set(precision, await scoreThrough(bundle, precision, { dataset, samples, view }, options));
		return scored;
	}
	const data = { ...input, ...(await loadSamples(dataset, samples, input)) };
	for (const precision of precisions)
		scored.set(
			precision,
			await scoreImages({ bytes: modelToScore(precision, bundle.model(precision)), gate }, data, options),
		);
	return scored;
}

async function scoreThrough(
	bundle: Bundle,
	precision: Precision,
	{ dataset, samples, view }: ToScore,
	options: ModelOptions,
): Promise<ScoredImages> {
	const { input } = bundle.manifest;
	const bytes = modelToScore(precision, bundle.model(precision));
	const inspector = await openInspector({ bytes, input }, options);
	const model = { bytes, input, precision, inspector, references: parityInputs(bundle) };
	const opened = await openFrameInspector(model, view, options).catch(async (error) => {
		await inspector.close();
		throw error;
	});
	const labels = labelsOf(dataset);
	const totals = new ScoreTotals();
	try {
		for (const sample of samples) {
			const { pixels, mask } = await dataset.load(sample, { channels: input.channels });
			const seen = await opened.frames.inspect(pixels);
			const label = labels.get(sample.class)!;
			const truth = mask && fitMask(mask, seen.layout).data.map((value) => (value > 127 ? label : 0));
			totals.add({ ...sample, label }, seen.inspected, truth);
		}
		return totals.result();
	} finally {
		await Promise.all([opened.close(), inspector.close()]);
	}
}
