/** Scores fresh labelled parts with every model of a bundle, so that its threshold can be certified on them. */
import type { Calibration } from '../bundle/calibration.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { View } from '../imaging/view/view.ts';
import type { ModelOptions } from '../inference/model.ts';
import type { Dataset } from '../training/datasets/dataset.ts';
import { scoreBundle } from './score-bundle.ts';

/**
 * @param how `split`: `test`, or `all` when no image of the dataset was used in training; `view`: through which a station will
 *   see its parts
 * @throws what loading and inference throw
 */
export async function calibrateBundle(
	bundle: Bundle,
	dataset: Dataset,
	{ split, view }: { readonly split: 'test' | 'all'; readonly view?: View },
	options: ModelOptions = {},
): Promise<Calibration> {
	const samples = dataset.samples.filter((sample) => split === 'all' || sample.split === split);
	const precisions = bundle.manifest.models.map(({ precision }) => precision);
	const scores: Record<string, number>[] = samples.map(() => ({}));
	for (const [precision, { images }] of await scoreBundle(bundle, precisions, { dataset, samples, view }, options))
		for (const [i, { score }] of images.entries()) scores[i][precision] = score;
	const exposures = samples.map(({ id, group, class: name, defective }, i) => ({
		image: id,
		group,
		class: name,
		defective,
		split,
		scores: scores[i],
	}));
	return { formatVersion: 1, certifyingSplit: split, ...(view && { view }), exposures };
}
