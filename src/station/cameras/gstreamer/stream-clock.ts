/**
 * When a frame was taken, from the pipeline's own time: a frame that waits in a pipe, because its reader is busy, was not taken
 * later for that. The pipeline counts on the host's monotonic clock from a start that is unknown, but no frame arrives before
 * it was taken: so the quickest one tells.
 */
import { monotonicMs } from '../../../base/clock.ts';

export class StreamClock {
	#startMs = Number.POSITIVE_INFINITY;

	/** The pipeline's time begins anew. */
	reset(): void {
		this.#startMs = Number.POSITIVE_INFINITY;
	}

	/** Of a frame that has just arrived. @param ptsNs undefined where the stream gives no times: then it is now */
	momentOf(ptsNs: number | undefined): { readonly acquiredAt: string; readonly monotonicMs: number } {
		const now = monotonicMs();
		let taken = now;
		if (ptsNs !== undefined) {
			this.#startMs = Math.min(this.#startMs, now - ptsNs / 1e6);
			taken = this.#startMs + ptsNs / 1e6;
		}
		return { acquiredAt: new Date(Date.now() - (now - taken)).toISOString(), monotonicMs: taken };
	}
}
