/** Graphics processors and clocks fall asleep between parts, and then the next part is late: an idle model is run now and then. */
import { monotonicMs } from '../../base/clock.ts';

interface Kept {
	/** Runs the model once on anything. */
	run(): Promise<unknown>;
	/** A part waits: it is not to be held up. */
	isBusy(): boolean;
}

export class KeepWarm {
	readonly #timer: NodeJS.Timeout | undefined;
	#ranAt = 0;
	#working = false;

	/** @param everyMs the longest that the model is to be idle; 0 = it may sleep */
	constructor(everyMs: number, kept: Kept) {
		if (everyMs === 0) return;
		this.#timer = setInterval(() => {
			if (this.#working || kept.isBusy() || monotonicMs() - this.#ranAt < everyMs) return;
			this.#ranAt = monotonicMs();
			// What is wrong with the model shows with the next part.
			kept.run().catch(() => {});
		}, everyMs / 4);
	}

	/** The model works on a part meanwhile. */
	async during<T>(work: () => Promise<T>): Promise<T> {
		this.#working = true;
		try {
			return await work();
		} finally {
			this.#working = false;
			this.#ranAt = monotonicMs();
		}
	}

	stop(): void {
		clearInterval(this.#timer);
	}
}
