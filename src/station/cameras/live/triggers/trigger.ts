/** The contract of triggers: they decide which frames of a camera are parts, and which parts have no frame. */
import type { AndonError } from '../../../../base/errors.ts';
import type { Logger } from '../../../../base/log.ts';
import type { LiveFrame } from '../live-source.ts';

/** A part that something outside the picture announces. */
export interface Asked {
	/** Of the request that it answers, if any. */
	readonly id?: string;
	readonly partId?: string;
	/** ISO 8601 wall time of the trigger, and `monotonicMs` of `base/clock.ts`. */
	readonly at: string;
	readonly monotonicMs: number;
}

/** A frame on its way through a trigger, which hands it to `TriggerLine.part` or releases it. */
export type TriggerFrame = Pick<LiveFrame, 'image' | 'acquiredAt' | 'monotonicMs' | 'device' | 'release'>;

/** What a trigger finds at its camera. */
export interface TriggerLine {
	readonly camera: string;
	readonly log: Logger;
	/** Frames come by themselves. */
	readonly freeRunning: boolean;
	readonly paused: boolean;
	/** Why the device is not there; undefined while it is, or may be. */
	readonly away: AndonError | undefined;
	/** The device is open: it can be fired. */
	readonly isOpen: boolean;
	/** Fires the device's own trigger; absent where it has none. */
	readonly fire?: () => Promise<void>;
	/** The frame is a part. @param asked what announced it; absent when the frame itself is the announcement */
	part(frame: TriggerFrame, asked?: Asked): void;
	/** There was a part, and nothing usable was seen of it. */
	missed(why: AndonError, asked?: Asked): void;
	/** Its sensor does not work, or frames do not come of it; undefined: well again. */
	report(kind: 'sensor' | 'frames', fault: AndonError | undefined): void;
}

export interface Trigger {
	/** Acquires; trouble is said to `TriggerLine.report`, never thrown. */
	start?(): void;
	/** In the order of their arrival. */
	frame(frame: TriggerFrame): void;
	/** A frame came that cannot be used. */
	broken(reason: AndonError): void;
	/** The device is there (again). */
	back?(): void;
	/** The device is gone; frames in hand are worthless. */
	lost(why: AndonError): void;
	/** Somebody asks for a part; absent where that is not possible. */
	ask?(asked: Asked): void;
	/** Safe twice, and without a start. */
	stop?(): void;
}
