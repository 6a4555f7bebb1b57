/** Parts at a steady rate, for sources that would otherwise deliver as fast as they are asked. */
import { setTimeout as sleep } from 'node:timers/promises';

export class Pace {
	readonly #intervalMs: number;
	#due = 0;

	/** @param fps parts a second; undefined = no waiting */
	constructor(fps: number | undefined) {
		this.#intervalMs = fps ? 1000 / fps : 0;
	}

	/** Resolves when the next part is due. After a delay the rhythm starts anew: no burst makes up for it. */
	async turn(signal: AbortSignal): Promise<void> {
		signal.throwIfAborted();
		const now = performance.now();
		if (this.#due > now) await sleep(this.#due - now, undefined, { signal });
		this.#due = Math.max(this.#due, now) + this.#intervalMs;
	}
}
