/** What expected IoU is compared with measured IoU on: the masks that a model gives for labelled images. */
import { expectedIou } from '../expected-iou.ts';
import { iouOf, overlapOf } from '../overlap.ts';

/** A defective image with a true mask, on which the model marks something. */
export interface IouPair {
	/** Raw, from the model's own probabilities. */
	readonly expected: number;
	/** Against the true mask, at probability 0.5. */
	readonly measured: number;
	/** The part that it shows. */
	readonly group: string;
}

export interface MaskIous {
	readonly pairs: readonly IouPair[];
	/** Defective images on which the model marks nothing: measured IoU 0, expected IoU undefined. */
	readonly unmarked: number;
	/** Raw expected IoU of the sound images on which the model marks something: their measured IoU is 0. */
	readonly markedSound: readonly number[];
	readonly sound: number;
}

/** Gathers images one by one, so that no mask has to be kept. */
export class MaskIouTotals {
	readonly #pairs: IouPair[] = [];
	readonly #markedSound: number[] = [];
	#unmarked = 0;
	#sound = 0;

	/** @param probabilities defect probability per pixel; @param truth the same pixels, 0 = sound */
	add(probabilities: Float32Array, truth: Uint8Array, part: { readonly defective: boolean; readonly group: string }) {
		const expected = expectedIou(probabilities);
		if (!part.defective) {
			this.#sound++;
			if (expected !== undefined) this.#markedSound.push(expected);
		} else if (expected === undefined) this.#unmarked++;
		else this.#pairs.push({ expected, measured: iouOf(overlapOf(probabilities, truth)), group: part.group });
	}

	totals(): MaskIous {
		return { pairs: this.#pairs, unmarked: this.#unmarked, markedSound: this.#markedSound, sound: this.#sound };
	}
}
