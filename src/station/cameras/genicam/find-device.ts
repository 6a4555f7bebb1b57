/** Which GenICam cameras are connected, and which of them a configuration means. */
import { isIP } from 'node:net';
import { AndonError } from '../../../base/errors.ts';
import type { Aravis } from './aravis.ts';
import { type GenicamOptions, INTERFACES } from './genicam-options.ts';

export interface FoundDevice {
	readonly id: string;
	readonly vendor: string;
	readonly model: string;
	readonly serial: string;
	/** IP address of a GigE Vision camera. */
	readonly address: string;
	/** GigEVision, USB3Vision or Fake. */
	readonly protocol: string;
}

type Interface = (typeof INTERFACES)[number];

/** The list of devices is one for the whole process. */
let turn: Promise<unknown> = Promise.resolve();

/** Runs when nobody else looks for devices or opens one: what the library looks at is set for the whole process. */
export function whileLooking<Result>(
	aravis: Aravis,
	only: Interface | undefined,
	look: () => Promise<Result>,
): Promise<Result> {
	const mine = turn.then(() => {
		restrict(aravis, only);
		return look();
	});
	turn = mine.catch(() => {});
	return mine;
}

/** Answers within about a second. To be called inside of {@link whileLooking}. */
export async function listDevices(aravis: Aravis): Promise<readonly FoundDevice[]> {
	await aravis.updateDeviceList();
	return Array.from({ length: aravis.deviceCount() }, (_, i) => ({
		id: aravis.deviceId(i) ?? '',
		vendor: aravis.deviceVendor(i) ?? '',
		model: aravis.deviceModel(i) ?? '',
		serial: aravis.deviceSerial(i) ?? '',
		address: aravis.deviceAddress(i) ?? '',
		protocol: aravis.deviceProtocol(i) ?? '',
	}));
}

/**
 * To be called inside of {@link whileLooking}.
 *
 * @returns what libaravis opens it by, and its IP address where it has one
 * @throws CAMERA_UNAVAILABLE naming those that are there
 */
export async function findDevice(
	aravis: Aravis,
	{ device }: Pick<GenicamOptions, 'device'>,
): Promise<{ id: string; address?: string }> {
	// A camera with a known address answers there, in another subnet too; nothing needs to be searched.
	if (device !== undefined && isIP(device)) return { id: device, address: device };
	const devices = await listDevices(aravis);
	const [found, ...others] = device === undefined ? devices : devices.filter((one) => isMeant(one, device));
	if (!found) throw absent(device, devices);
	if (others.length > 0) throw ambiguous(device, [found, ...others]);
	return { id: found.id, ...(found.protocol === 'GigEVision' ? { address: found.address } : {}) };
}

function isMeant({ id, serial }: FoundDevice, device: string): boolean {
	return id === device || serial === device;
}

/** Looking at USB and at every network takes time, and libaravis' own camera is only for those who ask for it. */
function restrict(aravis: Aravis, only: Interface | undefined): void {
	for (let i = 0; i < aravis.interfaceCount(); i++) {
		const id = aravis.interfaceId(i);
		const wanted = only ? id === only : id !== 'Fake' && (INTERFACES as readonly string[]).includes(id);
		(wanted ? aravis.enableInterface : aravis.disableInterface)(id);
	}
}

function absent(device: string | undefined, devices: readonly FoundDevice[]): AndonError {
	return new AndonError('CAMERA_UNAVAILABLE', {
		expected: device === undefined ? 'a GenICam camera' : `the GenICam camera ${device}`,
		found: devices.length === 0 ? 'none' : `only ${inWords(devices)}`,
		fix: 'Check its cable, power and network (same subnet, or give its IP address as `device`); `andon cameras` lists those found.',
	});
}

function ambiguous(device: string | undefined, devices: readonly FoundDevice[]): AndonError {
	return new AndonError('CONFIG_INVALID', {
		expected: device === undefined ? 'one GenICam camera' : `one GenICam camera named ${device}`,
		found: inWords(devices),
		fix: 'Name the one that is meant as `device`.',
	});
}

function inWords(devices: readonly FoundDevice[]): string {
	return devices.map(({ id, address, protocol }) => (protocol === 'GigEVision' ? `${id} (${address})` : id)).join(', ');
}
