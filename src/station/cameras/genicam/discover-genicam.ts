/** GenICam cameras on the networks and the USB of this host, for `andon cameras`. */
import type { FoundCamera } from '../found-camera.ts';
import { loadAravis } from './aravis.ts';
import { type FoundDevice, listDevices, whileLooking } from './find-device.ts';

/** Answers within about a second. @throws LIBRARY_MISSING */
export async function discoverGenicam(): Promise<readonly FoundCamera[]> {
	const aravis = await loadAravis();
	const devices = await whileLooking(aravis, undefined, () => listDevices(aravis));
	return devices.map(found);
}

function found({ id, vendor, model, serial, address, protocol }: FoundDevice): FoundCamera {
	return {
		source: 'genicam',
		id,
		name: `${vendor} ${model}`.trim(),
		...(protocol === 'GigEVision' ? { address } : {}),
		...(serial === '' ? {} : { serial }),
		options: { device: id },
	};
}
