/** What a bundle's expected IoU is worth on a labelled dataset, and its correction, chosen anew where that is wanted. */
import { AndonError } from '../base/errors.ts';
import { type Manifest, type Precision, REPORT_FILE } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../bundle/write-bundle.ts';
import type { ModelOptions } from '../inference/model.ts';
import { compareIous, type IouComparison } from '../metrics/mask-iou/compare-ious.ts';
import { type FittedIouCorrection, fitIouCorrection } from '../metrics/mask-iou/fit-iou-correction.ts';
import type { MaskIous } from '../metrics/mask-iou/mask-ious.ts';
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { loadSplit } from '../training/datasets/load-split.ts';
import { scoreImages } from '../training/score-images.ts';
import { modelToScore } from './model-to-score.ts';

type Corrections = NonNullable<Manifest['iouCorrections']>;

/** Chooses a correction for each of the models on the dataset's `val` split. @throws DATASET_INVALID, BUNDLE_INVALID */
export async function fitIouCorrections(
	bundle: Bundle,
	dataset: Dataset,
	precisions: readonly Precision[],
	options: ModelOptions = {},
): Promise<Corrections> {
	const corrections: Partial<Record<Precision, FittedIouCorrection>> = {};
	for (const precision of precisions) {
		const found = fitIouCorrection((await iousOf(bundle, dataset, 'val', precision, options)).pairs);
		if (found) corrections[precision] = found;
	}
	return corrections;
}

/** @throws DATASET_INVALID without masks of defective images in the split, BUNDLE_INVALID for a model without a mask */
export async function measureExpectedIou(
	bundle: Bundle,
	dataset: Dataset,
	wanted: { readonly split: Split; readonly precision: Precision; readonly corrections?: Corrections },
	options: ModelOptions = {},
): Promise<IouComparison> {
	const { split, precision, corrections = {} } = wanted;
	return compareIous(await iousOf(bundle, dataset, split, precision, options), corrections[precision]);
}

/** Writes the bundle again with these corrections and without its report, which speaks of the ones before. */
export async function writeIouCorrections(bundle: Bundle, corrections: Corrections): Promise<Bundle> {
	const { manifest, files } = draftFrom(bundle);
	return writeBundle(bundle.dir, {
		manifest: { ...manifest, iouCorrections: Object.keys(corrections).length > 0 ? corrections : undefined },
		files: new Map([...files].filter(([path]) => path !== REPORT_FILE)),
	});
}

async function iousOf(
	bundle: Bundle,
	dataset: Dataset,
	split: Split,
	precision: Precision,
	options: ModelOptions,
): Promise<MaskIous> {
	const { input, outputs } = bundle.manifest;
	if (!outputs.mask)
		throw new AndonError('BUNDLE_INVALID', {
			expected: 'a model that gives masks',
			found: 'one that gives a score only',
			fix: 'IoU is of masks: train a network with a mask, or use `andon evaluate`.',
		});
	const data = { ...input, ...(await loadSplit(dataset, split, input)) };
	const { ious } = await scoreImages({ bytes: modelToScore(precision, bundle.model(precision)) }, data, options);
	if (ious && ious.pairs.length > 0) return ious;
	throw new AndonError('DATASET_INVALID', {
		expected: `defective ${split} images with a mask, on which the ${precision} model marks something`,
		found: 'none',
		fix: 'Name a dataset with masks; `andon dataset check` shows what is in it.',
	});
}
