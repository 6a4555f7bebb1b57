/** What a configured output does, whether it is a wire or a channel: fire for a part, beat, rest, be given back. */
import type { AndonError } from '../../base/errors.ts';
import type { Channel, DrivenPart, Wire } from './output.ts';
import type { OutputOptions } from './output-options.ts';
import { Pulses } from './pulses.ts';
import { SupervisedWire } from './supervised-wire.ts';

export interface Driver {
	readonly name: string;
	readonly ahead: boolean;
	/** Pulses that began while another was on. */
	readonly overlaps: number;
	start(): Promise<void>;
	/** @throws when it cannot be driven */
	fire(part: DrivenPart): Promise<void>;
	/** @throws when it cannot be driven */
	beat(on: boolean): Promise<void>;
	/** Looks whether it could be driven, where that can be seen without trying. */
	look(): void;
	/** The level outside of pulses. */
	rest(on: boolean): Promise<void>;
	/** Leaves it at a level. */
	stop(on: boolean): Promise<void>;
}

type Report = (fault: AndonError | undefined) => void;

export function driverOf(output: Wire | Channel, options: OutputOptions, report: Report): Driver {
	return 'open' in output ? wireDriver(output, options, report) : channelDriver(output, report);
}

function wireDriver(wire: Wire, options: OutputOptions, report: Report): Driver {
	const initial = options.whenStopped === 'on';
	const supervised = new SupervisedWire(wire, initial, report);
	const pulses = new Pulses(supervised, options, initial);
	return {
		name: wire.name,
		ahead: false,
		get overlaps() {
			return pulses.overlaps;
		},
		start: () => supervised.start(),
		look: () => {},
		fire: () => pulses.fire(),
		beat: (on) => supervised.set(on),
		rest: (on) => pulses.setRest(on),
		stop: async (on) => {
			await pulses.settled();
			await supervised.stop(on);
		},
	};
}

function channelDriver(channel: Channel, say: Report): Driver {
	let last: string | undefined;
	const report: Report = (fault) => {
		if (fault?.message === last) return;
		last = fault?.message;
		say(fault);
	};
	const told = async (send: Promise<void>) => {
		try {
			await send;
			report(undefined);
		} catch (error) {
			report(error as AndonError);
			throw error;
		}
	};
	return {
		name: channel.name,
		ahead: channel.ahead,
		overlaps: 0,
		start: async () => report(channel.trouble()),
		look: () => report(channel.trouble()),
		fire: (part) => told(channel.tell(part)),
		beat: (on) => told(channel.beat(on)),
		rest: async () => {},
		stop: async () => {},
	};
}
