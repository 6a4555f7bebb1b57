/** Which number stands for which class, in masks, in a sample's label and in a softmax head: one order for all of them. */
import type { Dataset } from './dataset.ts';

/**
 * The class names of a dataset with their label, in the order of the labels.
 *
 * 0 is the sound class and i + 1 is `classes[i]`; a dataset of kinds has no sound class, so that label i is `classes[i]`.
 */
export function labelsOf({
	soundClass,
	classes,
}: Pick<Dataset, 'soundClass' | 'classes'>): ReadonlyMap<string, number> {
	const names = soundClass === undefined ? classes : [soundClass, ...classes];
	return new Map(names.map((name, label) => [name, label] as const));
}
