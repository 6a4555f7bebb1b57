/** A part is what is in front of the camera at every tick of a clock. */
import { z } from 'zod';
import { monotonicMs } from '../../../../base/clock.ts';
import { AwaitingTrigger } from './awaiting-trigger.ts';
import type { TriggerLine } from './trigger.ts';
import { timeoutMs } from './trigger-options.ts';

export const intervalTriggerOptions = z.strictObject({
	on: z.literal('interval'),
	everyMs: z.number().min(1).max(86_400_000).meta({ description: 'From one part to the next' }),
	timeoutMs,
});

export class IntervalTrigger extends AwaitingTrigger {
	readonly #everyMs: number;
	#due = 0;
	#timer: NodeJS.Timeout | undefined;

	constructor({ everyMs, timeoutMs }: z.infer<typeof intervalTriggerOptions>, line: TriggerLine) {
		super(line, timeoutMs);
		this.#everyMs = everyMs;
	}

	start(): void {
		this.#due = monotonicMs() + this.#everyMs;
		this.#wait();
	}

	override stop(): void {
		clearTimeout(this.#timer);
		super.stop();
	}

	#wait(): void {
		this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#due - monotonicMs()));
	}

	/** Ticks that passed while the process was held up come at once: each of them is a part. While paused there are none. */
	#tick(): void {
		for (const now = monotonicMs(); this.#due <= now; this.#due += this.#everyMs) {
			const asked = { at: new Date(Date.now() - (now - this.#due)).toISOString(), monotonicMs: this.#due };
			if (!this.line.paused) this.awaited.add(asked);
		}
		this.#wait();
	}
}
