/** Scores labelled images with a deployed model, the way a station would, frame by frame. */
import { type InspectorSource, openInspector } from '../inference/inspector-model.ts';
import type { ModelOptions } from '../inference/model.ts';
import { type MaskIous, MaskIouTotals } from '../metrics/mask-iou/mask-ious.ts';
import { type MaskShift, MaskShiftSearch } from '../metrics/mask-shift.ts';
import { averagePrecision } from '../metrics/precision-recall.ts';
import { type PixelScores, SegmentationTotals } from '../metrics/segmentation.ts';
import { imageAt, type LabelledImages, type LabelledSample, maskAt } from './labelled-images.ts';

export interface ScoredImage extends LabelledSample {
	readonly score: number;
	/** The likeliest class, of a model that tells classes apart; 0 = sound. */
	readonly likeliest?: number;
}

export interface ScoredImages {
	readonly images: readonly ScoredImage[];
	/** Null for a model without a mask. */
	readonly pixel: PixelScores | null;
	/** How the mask could be cut better; null without masks. */
	readonly maskShift: MaskShift | null;
	/** What expected IoU is worth; null without masks. */
	readonly ious: MaskIous | null;
}

/**
 * @param onImage is shown every result, for pictures
 */
export async function scoreImages(
	source: Pick<InspectorSource, 'bytes'>,
	data: LabelledImages,
	options: ModelOptions = {},
	onImage?: (index: number, score: number, mask: Float32Array | undefined) => void,
): Promise<ScoredImages> {
	const { width, height, channels } = data;
	const inspector = await openInspector({ bytes: source.bytes, input: { width, height, channels } }, options);
	const totals = new SegmentationTotals();
	const shifts = new MaskShiftSearch();
	const ious = new MaskIouTotals();
	let masks = false;
	try {
		const images: ScoredImage[] = [];
		for (const [i, sample] of data.samples.entries()) {
			const { score, mask, classScores } = await inspector.inspect(imageAt(data, i));
			const likeliest = classScores?.indexOf(Math.max(...classScores));
			images.push({ ...sample, score, ...(likeliest !== undefined && { likeliest }) });
			if (mask) {
				masks = true;
				if (data.hasMask[i]) totals.add(mask, maskAt(data, i), sample.defective ? sample.class : undefined);
				if (data.hasMask[i]) ious.add(mask, maskAt(data, i), sample);
				if (data.hasMask[i] && sample.defective) shifts.add(mask, maskAt(data, i), sample.class);
			}
			onImage?.(i, score, mask);
		}
		if (!masks) return { images, pixel: null, maskShift: null, ious: null };
		return { images, pixel: totals.scores(), maskShift: shifts.best(), ious: ious.totals() };
	} finally {
		await inspector.close();
	}
}

/** One number to choose by: image AP, and macro IoU at the best cut when there are masks, in equal parts. */
export function selectionMetric({ images, maskShift }: ScoredImages): number {
	const ap = averagePrecision(images);
	return maskShift ? (ap + maskShift.after) / 2 : ap;
}
