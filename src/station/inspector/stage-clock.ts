/** What each stage of one part took; stages that were not reached took nothing. */
import { monotonicMs } from '../../base/clock.ts';
import type { Result } from './messages.ts';

export class StageClock {
	readonly #triggeredAt: number;
	readonly #takenAt = monotonicMs();
	#readAt: number | undefined;
	#fittedAt: number | undefined;
	#inferenceMs: number | undefined;

	/** Begins when the part is taken up. @param triggeredAt `monotonicMs` of its trigger */
	constructor(triggeredAt: number) {
		this.#triggeredAt = triggeredAt;
	}

	/** Its pixels are there. */
	read(): void {
		this.#readAt = monotonicMs();
	}

	/** The model has answered. @param inferenceMs that it took by itself, once or tile by tile; the rest before it is fitting */
	inferred(inferenceMs: number): void {
		this.#inferenceMs = inferenceMs;
		this.#fittedAt = monotonicMs() - inferenceMs;
	}

	/** Up to now, when it is decided. */
	times(): Result['times'] {
		const now = monotonicMs();
		const [readAt, fittedAt] = [this.#readAt ?? now, this.#fittedAt ?? now];
		const inferenceMs = this.#inferenceMs ?? now - fittedAt;
		return {
			end: new Date().toISOString(),
			latencyMs: now - this.#triggeredAt,
			waitMs: this.#takenAt - this.#triggeredAt,
			acquisitionMs: readAt - this.#takenAt,
			inferenceMs,
			decisionMs: now - fittedAt - inferenceMs,
			processingMs: now - readAt,
		};
	}
}
