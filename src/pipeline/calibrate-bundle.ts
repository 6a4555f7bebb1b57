/** Scores fresh labelled parts with every model of a bundle, so that its threshold can be certified on them. */
import type { Calibration } from '../bundle/calibration.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { ModelOptions } from '../inference/model.ts';
import type { Dataset } from '../training/datasets/dataset.ts';
import { loadSamples } from '../training/datasets/load-split.ts';
import { scoreImages } from '../training/score-images.ts';
import { modelToScore } from './model-to-score.ts';

/**
 * @param split `test`, or `all` when no image of the dataset was used in training
 * @throws what loading and inference throw
 */
export async function calibrateBundle(
	bundle: Bundle,
	dataset: Dataset,
	split: 'test' | 'all',
	options: ModelOptions = {},
): Promise<Calibration> {
	const { input, models } = bundle.manifest;
	const samples = dataset.samples.filter((sample) => split === 'all' || sample.split === split);
	const data = { ...input, ...(await loadSamples(dataset, samples, input)) };
	const scores: Record<string, number>[] = samples.map(() => ({}));
	for (const { precision } of models) {
		const bytes = modelToScore(precision, bundle.model(precision));
		const { images } = await scoreImages({ bytes }, data, options);
		for (const [i, { score }] of images.entries()) scores[i][precision] = score;
	}
	const exposures = samples.map(({ id, group, class: name, defective }, i) => ({
		image: id,
		group,
		class: name,
		defective,
		split,
		scores: scores[i],
	}));
	return { formatVersion: 1, certifyingSplit: split, exposures };
}
