/** The results of tiles, as they come, become one of the whole, in memory that is used for frame after frame. */
import type { ViewLayout } from '../imaging/view/lay-out-view.ts';
import { Stitch } from '../imaging/view/stitch.ts';
import type { Inspected } from '../inference/inspector-model.ts';

export class WholeResult {
	readonly layout: ViewLayout;
	readonly stitch: Stitch;
	readonly #area: number;
	#maskMemory: Float32Array | undefined;
	#labelMemory: Uint8Array | undefined;
	#score = -1;
	#classScores: Float32Array | undefined;
	#hasMask = false;
	#hasLabels = false;
	/** As long as no tile has a pixel above 0.5, the whole has none; as long as a gate passed every tile, it passed the whole. */
	#isMarked = false;
	#isGated = true;

	constructor(layout: ViewLayout) {
		this.layout = layout;
		this.stitch = new Stitch(layout);
		this.#area = layout.seen.width * layout.seen.height;
	}

	/** Forgets the frame before; its result is no longer valid. */
	begin(): void {
		this.#score = -1;
		this.#classScores = undefined;
		this.#hasMask = this.#hasLabels = this.#isMarked = false;
		this.#isGated = true;
	}

	/** @param index of the tile in the layout; tiles come in its order */
	add(index: number, { score, classScores, mask, marked, labels, gated }: Inspected): void {
		this.#isGated &&= gated === true;
		if (score > this.#score) {
			this.#score = score;
			// The next tiles may be written over it.
			this.#classScores = classScores?.slice();
		}
		if (!mask) return;
		this.stitch.add(index, mask, this.#mask());
		if (marked !== 0) this.#isMarked = true;
		if (labels) this.stitch.addLabels(index, labels, this.#labels());
	}

	/** The score is the highest of the tiles; class scores are those of that tile. */
	result(): Inspected {
		return {
			score: this.#score,
			...(this.#hasMask && { mask: this.#mask(), ...(this.#isMarked ? {} : { marked: 0 }) }),
			...(this.#classScores && { classScores: this.#classScores }),
			...(this.#hasLabels && { labels: this.#labels() }),
			...(this.#isGated && { gated: true }),
		};
	}

	/** Cleared when it is first asked for. */
	#mask(): Float32Array {
		if (this.#hasMask) return this.#maskMemory!;
		this.#hasMask = true;
		if (this.#maskMemory) return this.#maskMemory.fill(0);
		this.#maskMemory = new Float32Array(this.#area);
		return this.#maskMemory;
	}

	/** Every pixel of it is written. */
	#labels(): Uint8Array {
		this.#hasLabels = true;
		this.#labelMemory ??= new Uint8Array(this.#area);
		return this.#labelMemory;
	}
}
