/** Scores labelled images with a deployed model, the way a station would, frame by frame. */
import { cascadeInspector } from '../inference/cascade-inspector.ts';
import { type Inspected, type Inspector, type InspectorSource, openInspector } from '../inference/inspector-model.ts';
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
	/** The gate passed it. */
	readonly gated?: true;
}

/** A model in front of the one that scores. */
export interface ScoringGate {
	/** Takes the same images. */
	readonly bytes: Uint8Array;
	readonly threshold: number;
	/** Whether the model behind it gives masks. */
	readonly hasMask: boolean;
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
	source: Pick<InspectorSource, 'bytes'> & { readonly gate?: ScoringGate },
	data: LabelledImages,
	options: ModelOptions = {},
	onImage?: (index: number, score: number, mask: Float32Array | undefined) => void,
): Promise<ScoredImages> {
	const { width, height, channels } = data;
	const inspector = await openBehindGate(source, { width, height, channels }, options);
	const totals = new ScoreTotals();
	try {
		for (const [i, sample] of data.samples.entries()) {
			const given = await inspector.inspect(imageAt(data, i));
			// What is gated marks nothing.
			const isBlank = given.gated && source.gate?.hasMask;
			const inspected = isBlank ? { ...given, mask: new Float32Array(width * height) } : given;
			totals.add(sample, inspected, data.hasMask[i] ? maskAt(data, i) : undefined);
			onImage?.(i, inspected.score, inspected.mask);
		}
		return totals.result();
	} finally {
		await inspector.close();
	}
}

/** Gathers results image by image, so that no mask has to be kept; images may differ in size. */
export class ScoreTotals {
	readonly #images: ScoredImage[] = [];
	readonly #segmentation = new SegmentationTotals();
	readonly #shifts = new MaskShiftSearch();
	readonly #ious = new MaskIouTotals();
	#masks = false;

	/** @param truth labels of the pixels of the result's mask, 0 = sound; undefined where there is no true mask */
	add(sample: LabelledSample, { score, mask, classScores, gated }: Inspected, truth: Uint8Array | undefined): void {
		const likeliest = classScores?.indexOf(Math.max(...classScores));
		this.#images.push({ ...sample, score, ...(gated && { gated }), ...(likeliest !== undefined && { likeliest }) });
		if (!mask) return;
		this.#masks = true;
		if (!truth) return;
		this.#segmentation.add(mask, truth, sample.defective ? sample.class : undefined);
		this.#ious.add(mask, truth, sample);
		if (sample.defective) this.#shifts.add(mask, truth, sample.class);
	}

	result(): ScoredImages {
		const images = this.#images;
		if (!this.#masks) return { images, pixel: null, maskShift: null, ious: null };
		return {
			images,
			pixel: this.#segmentation.scores(),
			maskShift: this.#shifts.best(),
			ious: this.#ious.totals(),
		};
	}
}

async function openBehindGate(
	{ bytes, gate }: Parameters<typeof scoreImages>[0],
	input: InspectorSource['input'],
	options: ModelOptions,
): Promise<Inspector> {
	const inspector = await openInspector({ bytes, input }, options);
	if (!gate) return inspector;
	try {
		const { threads, spinning } = options;
		const opened = await openInspector({ bytes: gate.bytes, input }, { threads, spinning });
		return cascadeInspector(opened, inspector, gate.threshold);
	} catch (error) {
		await inspector.close();
		throw error;
	}
}

/** One number to choose by: image AP, and macro IoU at the best cut when there are masks, in equal parts. */
export function selectionMetric({ images, maskShift }: ScoredImages): number {
	const ap = averagePrecision(images);
	return maskShift ? (ap + maskShift.after) / 2 : ap;
}
