/** Notices that an inspector process hangs: in a part, between parts, or while it starts. */

/** Beyond the deadline, so that the inspector's own word on a late part comes first, ms. */
const GRACE_MS = 250;
/** The longest silence of one that is not in a part; it speaks every 500 ms. */
const SILENCE_MS = 5000;
const CHECK_MS = 100;

export class Watchdog {
	readonly #deadlineMs: number;
	readonly #startMs: number;
	readonly #timer: NodeJS.Timeout;
	#heardAt = performance.now();
	/** Since when the part at the head has been in work: when it came, or when the one before it was decided. */
	#beganAt: number | undefined;
	#startedAt: number | undefined = performance.now();
	/** Until when it may be silent because it opens a model. */
	#loadingUntil: number | undefined;
	#inWork = 0;
	#overdue = 0;

	/**
	 * @param startMs for loading and proving a model
	 * @param onHang called once, with what was seen
	 */
	constructor(deadlineMs: number, startMs: number, onHang: (why: string) => void) {
		this.#deadlineMs = deadlineMs;
		this.#startMs = startMs;
		this.#timer = setInterval(() => {
			const why = this.#complaint();
			// Twice in a row: between two checks every message that had arrived is heard, even if we were the slow one.
			this.#overdue = why === undefined ? 0 : this.#overdue + 1;
			if (why === undefined || this.#overdue < 2) return;
			this.close();
			onHang(why);
		}, CHECK_MS);
	}

	/** Any message came. */
	heard(): void {
		this.#heardAt = performance.now();
	}

	/** It has started. */
	ready(): void {
		this.#startedAt = undefined;
	}

	/** It opens another model, and is silent meanwhile. @param expectedMs how long that should take */
	loading(expectedMs: number): void {
		this.#loadingUntil = performance.now() + 3 * expectedMs + SILENCE_MS;
	}

	/** It has, or will not. */
	loaded(): void {
		this.#loadingUntil = undefined;
	}

	/** A part was acquired; it may have to wait for others. */
	began(): void {
		this.#inWork++;
		this.#beganAt ??= performance.now();
	}

	/** One of the parts was decided. */
	ended(): void {
		this.#inWork--;
		this.#beganAt = this.#inWork > 0 ? performance.now() : undefined;
	}

	close(): void {
		clearInterval(this.#timer);
	}

	#complaint(): string | undefined {
		const now = performance.now();
		if (this.#startedAt !== undefined)
			return now - this.#startedAt > this.#startMs ? `it did not start within ${this.#startMs / 1000} s` : undefined;
		if (this.#beganAt !== undefined)
			return now - this.#beganAt > this.#deadlineMs + GRACE_MS
				? `it did not decide within the deadline of ${this.#deadlineMs} ms and was ended`
				: undefined;
		if (this.#loadingUntil !== undefined)
			return now > this.#loadingUntil
				? 'it did not open a model in three times the time that this should take'
				: undefined;
		return now - this.#heardAt > SILENCE_MS ? `it was silent for ${SILENCE_MS / 1000} s` : undefined;
	}
}
