/** All three splits of a dataset in memory, at the size that the network works at. */
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { loadSplit } from '../training/datasets/load-split.ts';
import type { TrainOptions } from '../training/train-options.ts';
import type { Splits } from './train-request.ts';

export async function loadSplits(
	dataset: Dataset,
	{ width, height, channels }: Pick<TrainOptions, 'width' | 'height' | 'channels'>,
): Promise<Splits> {
	const size = { width, height, channels };
	const load = async (split: Split) => ({ ...size, ...(await loadSplit(dataset, split, size)) });
	return { train: await load('train'), val: await load('val'), test: await load('test') };
}
