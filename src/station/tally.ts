/** What a station has done since boot, counted. */
import type { Verdict } from './inspection.ts';
import type { Counters } from './station-view.ts';

export class Tally {
	readonly #counters = { parts: 0, ok: 0, defect: 0, review: 0, notInspected: 0, published: 0 };

	/** A part of the line has its verdict. */
	part(verdict: Verdict): void {
		this.#counters.parts++;
		this.#counters[verdict === 'not-inspected' ? 'notInspected' : verdict]++;
	}

	/** A message arrived at the broker. */
	sent(topic: string): void {
		if (topic === 'inspection') this.#counters.published++;
	}

	counters(): Counters {
		return { ...this.#counters };
	}
}
