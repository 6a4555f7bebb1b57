/** When golden parts are due: after so many parts, so many minutes, at times of the day. */
import type { GoldenOptions } from './golden-options.ts';

export interface Due {
	/** ISO 8601. */
	readonly at?: string;
	readonly inParts?: number;
}

const MINUTE_MS = 60_000;

export class Schedule {
	readonly #options: GoldenOptions;
	readonly #startedAt: number;
	#lastAt: number | undefined;
	#parts: number;

	/**
	 * @param last when the last run ended and how many parts went by since; undefined before the first: then one is due at
	 *   once, because nothing is known
	 * @param now wall time, ms
	 */
	constructor(options: GoldenOptions, last: { readonly at: number; readonly parts: number } | undefined, now: number) {
		this.#options = options;
		this.#startedAt = now;
		this.#lastAt = last?.at;
		this.#parts = last?.parts ?? 0;
	}

	part(): void {
		this.#parts++;
	}

	/** A run has ended, whatever its result. */
	ran(now: number): void {
		this.#lastAt = now;
		this.#parts = 0;
	}

	/** Why a run is due, in words; undefined when none is. */
	due(now: number): string | undefined {
		const { everyParts, everyMinutes, atTimes, atStart } = this.#options;
		if (everyParts === undefined && everyMinutes === undefined && atTimes.length === 0 && !atStart) return undefined;
		if (this.#lastAt === undefined) return 'no golden run yet';
		// A clock that was set back must not put the next run off.
		this.#lastAt = Math.min(this.#lastAt, now);
		if (atStart && this.#lastAt < this.#startedAt) return 'the station started';
		if (everyParts !== undefined && this.#parts >= everyParts) return `${everyParts} parts went by`;
		if (everyMinutes !== undefined && now >= this.#lastAt + everyMinutes * MINUTE_MS)
			return `${everyMinutes} minutes went by`;
		const time = atTimes.find((candidate) => now >= nextAt(candidate, this.#lastAt!));
		return time && `it was ${time}`;
	}

	/** What comes next, when nothing is due. */
	next(now: number): Due | undefined {
		const { everyParts, everyMinutes, atTimes } = this.#options;
		const from = this.#lastAt ?? now;
		const moments = [
			...(everyMinutes === undefined ? [] : [from + everyMinutes * MINUTE_MS]),
			...atTimes.map((time) => nextAt(time, Math.max(from, now))),
		];
		const due = {
			...(moments.length > 0 ? { at: new Date(Math.min(...moments)).toISOString() } : {}),
			...(everyParts === undefined ? {} : { inParts: Math.max(0, everyParts - this.#parts) }),
		};
		return Object.keys(due).length > 0 ? due : undefined;
	}
}

/** The first moment after `since` (ms) at which local clocks show `time`. */
function nextAt(time: string, since: number): number {
	const [hours, minutes] = time.split(':').map(Number);
	const day = new Date(since);
	const on = (plus: number) =>
		new Date(day.getFullYear(), day.getMonth(), day.getDate() + plus, hours, minutes).getTime();
	return on(0) > since ? on(0) : on(1);
}
