/** Fine-tuning of a bundle's model, on the dataset and with the settings that it was trained with. */
import { AndonError } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import type { Manifest } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { Repair } from '../quantization/repair/repair.ts';
import { openDataset } from '../training/datasets/index.ts';
import { loadSplit } from '../training/datasets/load-split.ts';
import { trainOptions } from '../training/train-options.ts';
import { type FineTuning, fineTuning, LASTING } from './fine-tune-quantized.ts';

/**
 * @param source a labelled dataset, of which the `train` split is learnt from
 * @throws CONFIG_INVALID when the bundle's settings cannot be read, DATASET_INVALID when its classes are others, and what
 *   datasets throw
 */
export async function fineTuningFor(
	{ manifest }: Bundle,
	source: string,
	wanted: Omit<FineTuning, 'train' | 'options'>,
): Promise<Repair> {
	const options = lastingOptions(manifest);
	const dataset = await openDataset(source, { seed: seedOf(manifest) });
	expectClasses(manifest, dataset.classes);
	const train = { ...manifest.input, ...(await loadSplit(dataset, 'train', manifest.input)) };
	return fineTuning({ ...wanted, train, options });
}

/** What the training drew its splits with, where the dataset has none of its own. */
export function seedOf({ training }: Manifest): number {
	const { seed } = (training.options ?? {}) as { seed?: unknown };
	return typeof seed === 'number' ? seed : 0;
}

/** Those of the training that are still known; a bundle that says nothing of its training gets the usual ones. */
function lastingOptions({ training }: Manifest): FineTuning['options'] {
	const options = (training.options ?? {}) as Readonly<Record<string, unknown>>;
	const known = Object.fromEntries(LASTING.filter((key) => key in options).map((key) => [key, options[key]]));
	return parseWith(trainOptions, known, 'the training settings in the manifest');
}

/** Masks and labels are places in the list of classes. */
function expectClasses({ classes, outputs }: Manifest, found: readonly string[]): void {
	const tellsApart = outputs.classScores !== undefined || outputs.labels !== undefined;
	if (!tellsApart || classes.join('\n') === found.join('\n')) return;
	throw new AndonError('DATASET_INVALID', {
		expected: `the classes of the bundle: ${classes.join(', ')}`,
		found: found.join(', '),
		fix: 'Name the dataset that the bundle was trained on.',
	});
}
