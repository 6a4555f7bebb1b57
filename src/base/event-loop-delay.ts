/** How late this process's event loop is: what a message, a timer or a request waits for because something else runs. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often it is looked at, ms; Node counts this pause as part of each delay, so it is taken off again. */
const RESOLUTION_MS = 10;

/** Milliseconds. */
export interface Delay {
	readonly p50: number;
	readonly p99: number;
	readonly max: number;
}

export class EventLoopDelay {
	readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

	start(): void {
		this.#histogram.enable();
	}

	stop(): void {
		this.#histogram.disable();
	}

	/** Since the start, or since it was taken before. */
	take(): Delay {
		const histogram = this.#histogram;
		const delay = (nanoseconds: number) =>
			Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) : 0;
		const taken = {
			p50: delay(histogram.percentile(50)),
			p99: delay(histogram.percentile(99)),
			max: delay(histogram.max),
		};
		histogram.reset();
		return taken;
	}
}
