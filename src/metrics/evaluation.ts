/** The results of a model on labelled data, in the form that `andon train --json` and `andon evaluate --json` print. */
import { bestF1 } from './best-f1.ts';
import { confusionAt, f1Of, precisionOf, recallOf } from './confusion.ts';
import type { OperatingPoint } from './operating-point.ts';
import { averagePrecision } from './precision-recall.ts';
import { auroc } from './roc.ts';
import type { Scored } from './scored.ts';
import type { PixelScores } from './segmentation.ts';

/** Ratios without a denominator are NaN, which JSON writes as null. */
export interface Evaluation {
	readonly image: {
		readonly ap: number;
		readonly auroc: number;
		/** At the threshold of the operating point. */
		readonly recall: number;
		readonly precision: number;
		readonly f1: number;
		/** The best F1 that any threshold reaches on these images; it promises no recall. */
		readonly bestF1: { readonly f1: number; readonly threshold: number } | null;
		/** The share of each defect class that is flagged at the operating point. */
		readonly recallPerClass: Readonly<Record<string, number>>;
	};
	/** Null for a model without a mask. */
	readonly pixel: PixelScores | null;
	readonly operatingPoint: OperatingPoint;
	/** Images of each kind. */
	readonly n: { readonly ok: number; readonly defect: number };
}

export interface EvaluatedImage extends Scored {
	readonly class: string;
}

/** @param pixel scores over the same images, for a model that gives masks */
export function evaluation(
	images: readonly EvaluatedImage[],
	operatingPoint: OperatingPoint,
	pixel: PixelScores | null = null,
): Evaluation {
	const confusion = confusionAt(images, operatingPoint.threshold);
	const best = bestF1(images);
	return {
		image: {
			ap: averagePrecision(images),
			auroc: auroc(images),
			recall: recallOf(confusion),
			precision: precisionOf(confusion),
			f1: f1Of(confusion),
			bestF1: best ? { f1: best.f1, threshold: best.threshold } : null,
			recallPerClass: recallPerClass(images, operatingPoint.threshold),
		},
		pixel,
		operatingPoint,
		n: { ok: confusion.passes + confusion.falseAlarms, defect: confusion.hits + confusion.misses },
	};
}

function recallPerClass(images: readonly EvaluatedImage[], threshold: number): Record<string, number> {
	const classes = Map.groupBy(
		images.filter((image) => image.defective),
		(image) => image.class,
	);
	return Object.fromEntries(
		[...classes]
			.toSorted(([a], [b]) => (a < b ? -1 : 1))
			.map(([name, members]) => [name, recallOf(confusionAt(members, threshold))]),
	);
}
