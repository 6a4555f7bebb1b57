/** Columns of a sheet that show an augmentation: each of its parts alone, and all together as training draws them. */
import type { Random } from '../../base/random.ts';
import type { AugmentSample, SampleSize } from '../augment/augmentation.ts';
import { type CutPasteOptions, cutPaste } from '../augment/cut-paste.ts';
import { AUGMENTATIONS, type AugmentationOptions, createAugmenter } from '../augment/index.ts';
import type { DrawnSample, SheetColumn } from './draw-samples.ts';

export interface ColumnOptions {
	readonly augmentation: AugmentationOptions;
	readonly cutPaste?: CutPasteOptions & { readonly probability: number };
	/** Columns of everything together. */
	readonly together: number;
}

/** Draws until something changes; an augmentation that acts on one sample in twenty is seen too. */
const ATTEMPTS = 60;

export function augmentationColumns(options: ColumnOptions, size: SampleSize): SheetColumn[] {
	const { augmentation, cutPaste: paste } = options;
	const names = (Object.keys(AUGMENTATIONS) as (keyof typeof AUGMENTATIONS)[]).filter((name) => augmentation[name]);
	const alone = names.map((name) => aloneColumn(name, createAugmenter({ [name]: augmentation[name] }, size)));
	const all = createAugmenter(augmentation, size);
	const together = Array.from({ length: names.length > 0 || paste ? options.together : 0 }, () => ({
		title: 'together',
		change: (sample: DrawnSample, donors: Donors, random: Random) => {
			if (paste && random.chance(paste.probability)) pasteOnto(sample, donors, size, paste, random);
			all(sample.image, sample.mask, random);
			return true;
		},
	}));
	return [...alone, ...(paste ? [pasteColumn(paste, size)] : []), ...together];
}

type Donors = Parameters<SheetColumn['change']>[1];

function aloneColumn(title: string, augment: AugmentSample): SheetColumn {
	return {
		title,
		change({ image, mask }, _donors, random) {
			const before = image.slice();
			for (let attempt = 0; attempt < ATTEMPTS && image.every((value, i) => value === before[i]); attempt++)
				augment(image, mask, random);
			return true;
		},
	};
}

function pasteColumn(options: CutPasteOptions, size: SampleSize): SheetColumn {
	return {
		title: 'cut-paste',
		change: (sample, donors, random) => pasteOnto(sample, donors, size, options, random),
	};
}

/** Only sound samples get a defect, as in training. */
function pasteOnto(
	sample: DrawnSample,
	donors: Donors,
	size: SampleSize,
	options: CutPasteOptions,
	random: Random,
): boolean {
	if (sample.defective || donors.length === 0) return false;
	return cutPaste(sample, random.pick(donors), size, options, random);
}
