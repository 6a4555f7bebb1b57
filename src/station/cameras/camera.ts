/** The contract of every image source: it names parts one by one, and reads their pixels only when asked. */
import type { ErrorCode } from '../../base/error-codes.ts';
import type { Logger } from '../../base/log.ts';
import type { Mask, Pixels } from '../../imaging/pixels.ts';
import type { DeviceMark, Truth } from '../inspection.ts';

export interface CameraContext {
	readonly id: string;
	/** What the model takes; a source that can choose its size and channels chooses these. */
	readonly input: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
	/** Cursor of the last part that was recorded or given up; undefined at the very first start. Judged by the source. */
	readonly cursor: unknown;
	readonly log: Logger;
	/** Says what is wrong with the camera, and undefined when it is well again; saying the same twice does no harm. */
	report(fault: CameraFault | undefined): void;
}

/** What is wrong with a camera while its inspector lives: in a technician's words, with a code of the error registry. */
export interface CameraFault {
	readonly code: ErrorCode;
	readonly message: string;
	/** No part can be inspected while it lasts. */
	readonly blind: boolean;
}

/** Somebody outside the camera wants a part inspected: a command, a PLC, an image that was posted. */
export interface TriggerRequest {
	/** Comes back in the shot's `trigger`. */
	readonly id: string;
	/** When it was asked for: ISO 8601 wall time, and `monotonicMs` of `base/clock.ts`. */
	readonly at: string;
	readonly monotonicMs: number;
	readonly partId?: string;
	/** An encoded image to inspect, for sources that take one. */
	readonly image?: Uint8Array;
}

/** A part in front of the camera. Naming it comes before reading it, so that a part whose pixels kill the reader is known. */
export interface Shot {
	/** The source's own name for the part. */
	readonly partId?: string;
	/** Plain JSON: where this source goes on after this part, in a new process too. */
	readonly cursor: unknown;
	/** ISO 8601 wall time of the trigger, and the same moment on `monotonicMs` of `base/clock.ts`. */
	readonly acquiredAt: string;
	readonly monotonicMs: number;
	readonly simulated: boolean;
	readonly truth?: Truth;
	/** The request that it answers, if any. */
	readonly trigger?: string;
	/** It is known already that nothing usable was seen of it: `read` says why. */
	readonly missed?: boolean;
	/** Of the device, where it numbers and times its frames. */
	readonly device?: DeviceMark;
	/**
	 * @throws AndonError when the pixels cannot be had: a trigger that no frame came of, a broken frame. The part is then
	 *   `not-inspected`: so a source says that it missed one
	 */
	read(): Promise<Exposure>;
	/** Nobody needs its pixels any more: its buffer may be used again. Called once, also when it was never read. */
	release?(): void;
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
	/** It waits for us (files, the simulator): `next` is called when a part can be taken up. Others deliver whatever we do. */
	readonly patient: boolean;
	/** Acquires. @throws CAMERA_UNAVAILABLE, CAMERA_LIST_INVALID */
	start(): Promise<void>;
	/**
	 * Waits for the next part.
	 *
	 * @param signal ends the waiting: the call rejects and no part is consumed
	 * @returns undefined when the source has ended
	 */
	next(signal: AbortSignal): Promise<Shot | undefined>;
	/**
	 * The line is paused, or goes on. A camera that waits is not asked meanwhile; of the others, parts that nobody asked for
	 * are no parts, and parts that were triggered are missed ones.
	 */
	pause?(paused: boolean): void;
	/** @throws CAMERA_TRIGGER_REFUSED when it takes no requests, or none of this kind; absent likewise */
	trigger?(request: TriggerRequest): void;
	/** Releases; safe after a failed start and when called twice. */
	stop(): Promise<void>;
}
