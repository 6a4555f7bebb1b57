/** Where a mask's logits should be cut so that defects are covered best: one shift, added to every pixel's logit. */

/** Logits are counted in bins of this width, from −RANGE to RANGE. */
const BIN = 0.1;
const RANGE = 8;
const BINS = Math.round((2 * RANGE) / BIN);

/** Pixels of one class by logit bin: inside the true mask and outside it. */
interface Histogram {
	readonly inside: Float64Array;
	readonly outside: Float64Array;
}

export interface MaskShift {
	/** What to add to the logits: probability 0.5 is then the best cut. */
	readonly shift: number;
	/** Macro IoU at probability 0.5 without the shift, and with it. */
	readonly before: number;
	readonly after: number;
}

/** Gathers defective images one by one; see {@link best}. */
export class MaskShiftSearch {
	readonly #perClass = new Map<string, Histogram>();

	/** @param probabilities defect probability per pixel; @param truth the same pixels, 0 = sound */
	add(probabilities: Float32Array, truth: Uint8Array, defectClass: string): void {
		const histogram = this.#perClass.get(defectClass) ?? {
			inside: new Float64Array(BINS),
			outside: new Float64Array(BINS),
		};
		this.#perClass.set(defectClass, histogram);
		for (let i = 0; i < truth.length; i++)
			(truth[i] === 0 ? histogram.outside : histogram.inside)[binOf(probabilities[i])]++;
	}

	/** The shift with the best mean IoU over classes; neighbours within 0.5 count as well, so that a lucky spike does not win. */
	best(): MaskShift {
		const curve = Array.from({ length: BINS }, (_, cut) => this.#macroIou(cut));
		const around = Math.round(0.5 / BIN);
		const smooth = curve.map((_, cut) => {
			const part = curve.slice(Math.max(0, cut - around), cut + around + 1);
			return part.reduce((a, b) => a + b, 0) / part.length;
		});
		const middle = BINS / 2;
		const cut = smooth.reduce((best, value, i) => (value > smooth[best] + 1e-9 ? i : best), middle);
		return { shift: (middle - cut) * BIN, before: curve[middle], after: curve[cut] };
	}

	/** Mean over classes of Σ|P∩G| / Σ|P∪G| when bins from `cut` on count as defective. */
	#macroIou(cut: number): number {
		const ratios = [...this.#perClass.values()].map(({ inside, outside }) => {
			const hits = sum(inside, cut);
			return hits / (sum(inside, 0) + sum(outside, cut));
		});
		return ratios.reduce((a, b) => a + b, 0) / Math.max(1, ratios.length);
	}
}

function binOf(p: number): number {
	const logit = Math.log(p / (1 - p));
	return Math.min(BINS - 1, Math.max(0, Math.floor((logit + RANGE) / BIN)));
}

function sum(bins: Float64Array, from: number): number {
	let total = 0;
	for (let i = from; i < bins.length; i++) total += bins[i];
	return total;
}
