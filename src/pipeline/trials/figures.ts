/** The figures by which trials are compared. */
import { z } from 'zod';
import { averagePrecision } from '../../metrics/precision-recall.ts';
import type { PixelScores } from '../../metrics/segmentation.ts';
import type { ScoredImages } from '../../training/score-images.ts';

/** Of ratios without a denominator, and of networks without a mask: null. */
const figure = z.number().nullable();

export const figuresSchema = z.strictObject({
	/** Average precision of images. */
	ap: figure,
	/** Of pixels, cut at probability 0.5. */
	iou: figure,
	macroIou: figure,
	dice: figure,
	/** The same mean over classes with the cut that is best on `val`. */
	macroIouAtBestCut: figure,
});

export type Figures = z.infer<typeof figuresSchema>;

export type FigureName = keyof Figures;

export const FIGURE_TITLES: Readonly<Record<FigureName, string>> = {
	ap: 'image AP',
	iou: 'pixel IoU',
	macroIou: 'macro IoU',
	dice: 'Dice',
	macroIouAtBestCut: 'macro IoU, best cut',
};

/** @param bestCut the same images with the mask's logits shifted to the cut that is best on `val` */
export function figuresOf({ images, pixel }: ScoredImages, bestCut: PixelScores | null): Figures {
	const known = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
	return {
		ap: known(averagePrecision(images)),
		iou: known(pixel?.iou),
		macroIou: known(pixel?.macroIou),
		dice: known(pixel?.dice),
		macroIouAtBestCut: known(bestCut?.macroIou),
	};
}
