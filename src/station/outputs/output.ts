/** The contracts of what an output is made of: a wire that is on or off, or a channel that takes a message for every part. */
import type { AndonError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Disposition } from '../inspection.ts';

/** An open connection to something that is on or off. */
export interface OpenWire {
	/** Resolves when the device has taken it. @throws OUTPUT_UNAVAILABLE, GPIO_UNAVAILABLE */
	set(on: boolean): Promise<void>;
	/** Asks whether it is still there, where that can be asked. @throws when it is not */
	check?(): Promise<void>;
	close(): void;
}

export interface Wire {
	/** For people: `Modbus 10.0.0.5:502 unit 1 coil 3`. */
	readonly name: string;
	/** @param onLost it went away by itself @throws what keeps it from being driven */
	open(initial: boolean, onLost: (error: AndonError) => void): Promise<OpenWire>;
}

/** A part that an output is to be driven for. */
export interface DrivenPart {
	readonly camera: string;
	readonly sequence: number;
	readonly resultId: string;
	readonly partId?: string;
	readonly disposition: Disposition;
	/** Why nobody could wait for a verdict, or what it was overruled by. */
	readonly reason?: string;
	/** When it is at the output, in ms from now; 0 = now or unknown. */
	readonly inMs?: number;
}

export interface Channel {
	readonly name: string;
	/** Whether it wants to know as soon as the part is decided, ahead of its arrival. */
	readonly ahead: boolean;
	/** Why nothing could be told at present, if so. */
	trouble(): AndonError | undefined;
	/** @throws OUTPUT_UNAVAILABLE */
	tell(part: DrivenPart): Promise<void>;
	/** @throws OUTPUT_UNAVAILABLE */
	beat(on: boolean): Promise<void>;
}

export interface OutputContext {
	readonly id: string;
	readonly station: string;
	readonly log: Logger;
	/** Whether there is a connection to the station's own broker. */
	connected(): boolean;
	/** Sends a message there, now or never. @throws when it is not connected */
	publish(topic: string, payload: object, qos: 0 | 1): Promise<void>;
}
