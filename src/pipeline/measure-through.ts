/** What the images of a dataset look like through a view, one held at a time in its own size. */
import type { Bundle } from '../bundle/open-bundle.ts';
import { frameStatistics } from '../imaging/frame-statistics.ts';
import type { Pixels } from '../imaging/pixels.ts';
import { fitView } from '../imaging/view/fit-view.ts';
import { layOutView } from '../imaging/view/lay-out-view.ts';
import type { View } from '../imaging/view/view.ts';
import type { InputStatistics } from '../metrics/drift/input-statistics.ts';
import type { Dataset } from '../training/datasets/dataset.ts';
import { inParallel } from '../training/datasets/in-parallel.ts';
import { labelsOf } from '../training/datasets/labels.ts';
import type { LabelledSample } from '../training/labelled-images.ts';

export interface MeasuredParts {
	readonly samples: readonly LabelledSample[];
	/** In the order of the samples, without scores. */
	readonly statistics: readonly InputStatistics[];
}

/** @throws what loading throws; FRAME_SIZE_WRONG and CONFIG_INVALID when the view does not lie on an image */
export async function measureThrough(
	view: View,
	{ manifest: { input } }: Pick<Bundle, 'manifest'>,
	dataset: Dataset,
	samples: Dataset['samples'],
): Promise<MeasuredParts> {
	const labels = labelsOf(dataset);
	const statistics = await inParallel(samples, async (sample) => {
		const { pixels } = await dataset.load(sample, { channels: input.channels, withMasks: false });
		return statisticsOf(await fitView(pixels, layOutView(view, pixels, input), input.channels));
	});
	return { samples: samples.map((sample) => ({ ...sample, label: labels.get(sample.class)! })), statistics };
}

export function statisticsOf(pixels: Pixels): InputStatistics {
	const { signature, ...values } = frameStatistics(pixels);
	return { values, signature };
}
