/** The contract of every image source: it names parts one by one, and reads their pixels only when asked. */
import type { Logger } from '../../base/log.ts';
import type { Mask, Pixels } from '../../imaging/pixels.ts';
import type { Truth } from '../inspection.ts';

export interface CameraContext {
	readonly id: string;
	/** What the model takes; a source that can choose its size and channels chooses these. */
	readonly input: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
	/** Cursor of the last part that was recorded or given up; undefined at the very first start. Judged by the source. */
	readonly cursor: unknown;
	readonly log: Logger;
}

/** A part in front of the camera. Naming it comes before reading it, so that a part whose pixels kill the reader is known. */
export interface Shot {
	/** The source's own name for the part. */
	readonly partId?: string;
	/** Plain JSON: where this source goes on after this part, in a new process too. */
	readonly cursor: unknown;
	/** ISO 8601 wall time and monotonic milliseconds of the trigger. */
	readonly acquiredAt: string;
	readonly monotonicMs: number;
	readonly simulated: boolean;
	readonly truth?: Truth;
	/** @throws AndonError when the pixels cannot be had; the part is then `not-inspected` */
	read(): Promise<Exposure>;
	/** Called once the part's record is durable. */
	recorded?(): Promise<void>;
}

export interface Exposure {
	/** In the channels of the model and in the source's own size. */
	readonly pixels: Pixels;
	/** The true mask, where it is known, in the size of the pixels. */
	readonly mask?: Mask;
}

export interface Camera {
	/** Acquires. @throws CAMERA_UNAVAILABLE, CAMERA_LIST_INVALID */
	start(): Promise<void>;
	/**
	 * Waits for the next part.
	 *
	 * @param signal ends the waiting: the call rejects and no part is consumed
	 * @returns undefined when the source has ended
	 */
	next(signal: AbortSignal): Promise<Shot | undefined>;
	/** Releases; safe after a failed start and when called twice. */
	stop(): Promise<void>;
}
