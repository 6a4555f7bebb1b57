/** Pixel accuracy over a data set, gathered image by image so that no mask has to be kept. */
import { diceOf, iouOf, type Overlap, overlapOf } from './overlap.ts';

export interface PixelScores {
	/** Σ|P∩G| / Σ|P∪G| over defective images. */
	readonly iou: number;
	/** Mean over classes of the same ratio per class; large masks of one class cannot drown another. */
	readonly macroIou: number;
	/** 2Σ|P∩G| / Σ(|P| + |G|) over defective images. */
	readonly dice: number;
	/** The ratio over the images of each defect class. */
	readonly perClass: Readonly<Record<string, number>>;
}

/** Adds up intersections and unions at probability 0.5, by the class of the image. */
export class SegmentationTotals {
	readonly #perClass = new Map<string, { intersection: number; union: number }>();

	/**
	 * Takes one image. A sound one (`defectClass` undefined) has nothing to cover and is left out.
	 *
	 * @param probabilities defect probability per pixel
	 * @param truth the same pixels, 0 = sound, anything else = defect
	 * @returns the overlap of this image
	 */
	add(probabilities: Float32Array, truth: Uint8Array | Float32Array, defectClass: string | undefined): Overlap {
		const overlap = overlapOf(probabilities, truth);
		if (defectClass === undefined) return overlap;
		const total = this.#perClass.get(defectClass) ?? { intersection: 0, union: 0 };
		total.intersection += overlap.intersection;
		total.union += overlap.union;
		this.#perClass.set(defectClass, total);
		return overlap;
	}

	/** The ratios so far; NaN where nothing was marked or predicted. */
	scores(): PixelScores {
		const classes = [...this.#perClass].toSorted(([a], [b]) => (a < b ? -1 : 1));
		const ratios = classes.map(([name, total]) => [name, iouOf(total)] as const);
		const known = ratios.map(([, ratio]) => ratio).filter((ratio) => !Number.isNaN(ratio));
		const all = { intersection: 0, union: 0 };
		for (const [, total] of classes) {
			all.intersection += total.intersection;
			all.union += total.union;
		}
		return {
			iou: iouOf(all),
			macroIou: known.reduce((sum, ratio) => sum + ratio, 0) / known.length,
			dice: diceOf(all),
			perClass: Object.fromEntries(ratios),
		};
	}
}
