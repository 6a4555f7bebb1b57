/** Notices within two seconds that an open camera is gone, also while no frames are expected of it. */
import { AndonError, messageOf } from '../../../base/errors.ts';
import { ControlChannel } from './control-channel.ts';
import type { GenicamDevice } from './open-device.ts';

/** How often it is looked, ms; and after how many looks in a row without an answer a camera is gone. */
const LOOK_MS = 250;
const LOOKS = 4;

/** GenCP version: the first register of every USB3 Vision camera (AIA, GenICam GenCP 1.2). */
const USB_REGISTER = 0;

/**
 * Looks are counted, not time: while a long inference keeps this process busy, nobody looks.
 *
 * @param lost called once
 * @returns ends the watch; safe twice, and after it was lost
 */
export function watchPresence(device: GenicamDevice, lost: (why: AndonError) => void): () => void {
	const { kind, address } = device;
	const look = kind === 'gige' ? lookOverNetwork(device, address) : kind === 'usb' ? lookOverUsb(device) : undefined;
	if (!look) return () => {};
	let over = false;
	const end = () => {
		clearInterval(timer);
		if (!over) look.end();
		over = true;
	};
	const timer = setInterval(() => {
		const found = look.gone();
		if (found === undefined) return;
		end();
		lost(gone(device, found));
	}, LOOK_MS);
	return end;
}

interface Look {
	/** Why it is gone, or undefined. Asks again for the next time. */
	gone(): string | undefined;
	end(): void;
}

function lookOverNetwork({ aravis, device }: GenicamDevice, address: string | undefined): Look {
	const channel = address === undefined ? undefined : new ControlChannel(address);
	channel?.ask();
	return {
		gone: () => {
			if (channel && channel.unanswered >= LOOKS) return `it does not answer at ${address}`;
			if (channel && !channel.controlled) return 'it was restarted, or another program took it over';
			if (!aravis.isController(device)) return 'another program took it over, or it does not answer';
			channel?.ask();
			return undefined;
		},
		end: () => channel?.close(),
	};
}

/** Reads fail at once when the cable is out. */
function lookOverUsb(device: GenicamDevice): Look {
	let failures = 0;
	let reason = '';
	let asking = false;
	const ask = async () => {
		asking = true;
		try {
			await device.use((aravis) => aravis.readRegister(device.device, USB_REGISTER, [0]));
			failures = 0;
		} catch (error) {
			failures++;
			reason = messageOf(error);
		}
		asking = false;
	};
	return {
		gone: () => {
			if (failures >= 2) return `it does not answer: ${reason}`;
			if (!asking) void ask();
			return undefined;
		},
		end: () => {},
	};
}

function gone({ id }: GenicamDevice, found: string): AndonError {
	return new AndonError('CAMERA_LOST', {
		expected: `the camera ${id} to stay connected`,
		found,
		fix: 'Check its cable, its power and the switch; it is opened again without end.',
	});
}
