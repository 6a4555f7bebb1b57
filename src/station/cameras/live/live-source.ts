/** The contract of cameras that stream: they push frames as they come, and say when they are gone. */
import type { AndonError } from '../../../base/errors.ts';
import type { RawImage } from '../../../imaging/raw-image.ts';
import type { DeviceMark } from '../../inspection.ts';

/** One frame as the device gave it. */
export interface LiveFrame {
	/** Valid until `release`. */
	readonly image: RawImage;
	/** When it arrived: ISO 8601 wall time, and `monotonicMs` of `base/clock.ts`. */
	readonly acquiredAt: string;
	readonly monotonicMs: number;
	readonly device?: DeviceMark;
	/** Gives the buffer back to the source; called once. */
	release(): void;
}

export interface LiveEvents {
	frame(frame: LiveFrame): void;
	/** A frame came that cannot be used (packets missing, cut off): a missed part. */
	broken(reason: AndonError): void;
	/** The device is gone; nothing comes after this, until it is opened again. */
	lost(why: AndonError): void;
}

export interface LiveSource {
	/** False where every frame is asked for by a trigger, so that silence is no fault; absent = frames come by themselves. */
	readonly freeRunning?: boolean;
	/** True where there is no camera behind it: its parts are marked as simulated. */
	readonly simulated?: boolean;
	/**
	 * Opens the device and lets it stream.
	 *
	 * @throws CAMERA_UNAVAILABLE when it is not there, CONFIG_INVALID when it refuses a setting, LIBRARY_MISSING
	 */
	open(events: LiveEvents): Promise<void>;
	/** Fires the device's own software trigger; absent where it has none, then the next frame answers a request. */
	trigger?(): Promise<void>;
	/** Safe after a failed `open`, after `lost`, and twice. Frames in hand are invalid afterwards. */
	close(): Promise<void>;
}
