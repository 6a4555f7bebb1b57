/** What a bundle's expected IoU is worth on a labelled dataset, and its correction, chosen anew where that is wanted. */
import { AndonError } from '../base/errors.ts';
import { type Manifest, type Precision, REPORT_FILE } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../bundle/write-bundle.ts';
import type { View } from '../imaging/view/view.ts';
import type { ModelOptions } from '../inference/model.ts';
import { compareIous, type IouComparison } from '../metrics/mask-iou/compare-ious.ts';
import { type FittedIouCorrection, fitIouCorrection } from '../metrics/mask-iou/fit-iou-correction.ts';
import type { MaskIous } from '../metrics/mask-iou/mask-ious.ts';
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { samplesOf } from '../training/datasets/load-split.ts';
import { scoreBundle } from './score-bundle.ts';

type Corrections = NonNullable<Manifest['iouCorrections']>;

/** Chooses a correction for each of the models on the dataset's `val` split. @throws DATASET_INVALID, BUNDLE_INVALID */
export async function fitIouCorrections(
	bundle: Bundle,
	dataset: Dataset,
	{ precisions, view }: { readonly precisions: readonly Precision[]; readonly view?: View },
	options: ModelOptions = {},
): Promise<Corrections> {
	const corrections: Partial<Record<Precision, FittedIouCorrection>> = {};
	for (const precision of precisions) {
		const found = fitIouCorrection((await iousOf(bundle, dataset, { split: 'val', precision, view }, options)).pairs);
		if (found) corrections[precision] = { ...found, ...(view && { view }) };
	}
	return corrections;
}

/** @throws DATASET_INVALID without masks of defective images in the split, BUNDLE_INVALID for a model without a mask */
export async function measureExpectedIou(
	bundle: Bundle,
	dataset: Dataset,
	wanted: {
		readonly split: Split;
		readonly precision: Precision;
		readonly corrections?: Corrections;
		readonly view?: View;
	},
	options: ModelOptions = {},
): Promise<IouComparison> {
	const { split, precision, corrections = {}, view } = wanted;
	return compareIous(await iousOf(bundle, dataset, { split, precision, view }, options), corrections[precision]);
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
	{ split, precision, view }: { readonly split: Split; readonly precision: Precision; readonly view?: View },
	options: ModelOptions,
): Promise<MaskIous> {
	if (!bundle.manifest.outputs.mask)
		throw new AndonError('BUNDLE_INVALID', {
			expected: 'a model that gives masks',
			found: 'one that gives a score only',
			fix: 'IoU is of masks: train a network with a mask, or use `andon evaluate`.',
		});
	const samples = samplesOf(dataset, split);
	const scored = await scoreBundle(bundle, [precision], { dataset, samples, view }, options);
	const { ious } = scored.get(precision)!;
	if (ious && ious.pairs.length > 0) return ious;
	throw new AndonError('DATASET_INVALID', {
		expected: `defective ${split} images with a mask, on which the ${precision} model marks something`,
		found: 'none',
		fix: 'Name a dataset with masks; `andon dataset check` shows what is in it.',
	});
}
