/** Memory for frames, used again once a frame is given back. */

/** Enough for a stream; what was lent out in a jam is left to the garbage collector. */
const SPARE = 4;

export class FrameMemory {
	readonly #spare: Uint8Array[] = [];

	take(bytes: number): Uint8Array {
		const memory = this.#spare.pop();
		if (memory?.length === bytes) return memory;
		// Frames have another size now: what is left is of no use.
		this.#spare.length = 0;
		return new Uint8Array(bytes);
	}

	giveBack(memory: Uint8Array): void {
		if (this.#spare.length < SPARE) this.#spare.push(memory);
	}
}
