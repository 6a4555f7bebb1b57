/** An open GenICam camera whose native object outlives every call that uses it. */
import { AndonError, messageOf } from '../../../base/errors.ts';
import { type Aravis, loadAravis, type Pointer } from './aravis.ts';
import { findDevice, whileLooking } from './find-device.ts';
import type { GenicamOptions } from './genicam-options.ts';

/** @throws LIBRARY_MISSING, CAMERA_UNAVAILABLE, CONFIG_INVALID */
export async function openDevice(options: Pick<GenicamOptions, 'device' | 'interface'>): Promise<GenicamDevice> {
	const aravis = await loadAravis();
	return whileLooking(aravis, options.interface, async () => {
		const { id, address } = await findDevice(aravis, options);
		try {
			return new GenicamDevice(aravis, await aravis.open(id), id, address);
		} catch (cause) {
			throw refused(id, cause);
		}
	});
}

export class GenicamDevice {
	readonly aravis: Aravis;
	/** The `ArvCamera`, and the `ArvDevice` in it. */
	readonly camera: Pointer;
	readonly device: Pointer;
	readonly id: string;
	/** Of a GigE Vision camera. */
	readonly address: string | undefined;
	readonly #inUse = new Set<Promise<unknown>>();
	#closed = false;

	constructor(aravis: Aravis, camera: Pointer, id: string, address: string | undefined) {
		this.aravis = aravis;
		this.camera = camera;
		this.device = aravis.deviceOf(camera);
		this.id = id;
		this.address = address;
	}

	get kind(): 'gige' | 'usb' | 'other' {
		if (this.aravis.isGigE(this.camera)) return 'gige';
		return this.aravis.isUsb(this.camera) ? 'usb' : 'other';
	}

	/**
	 * Calls that use the camera: it is not freed before they have ended.
	 *
	 * @throws CAMERA_LOST once it is being closed
	 */
	async use<Result>(call: (aravis: Aravis, camera: Pointer) => Promise<Result>): Promise<Result> {
		if (this.#closed) throw closed(this.id);
		const running = call(this.aravis, this.camera);
		this.#inUse.add(running);
		try {
			return await running;
		} finally {
			this.#inUse.delete(running);
		}
	}

	/** No further use; resolves once the uses that are under way have ended. */
	async quiesce(): Promise<void> {
		this.#closed = true;
		await Promise.allSettled(this.#inUse);
	}

	/** Gives it back; called once, after `quiesce`. Of a GigE Vision camera that is gone this takes seconds. */
	free(): Promise<void> {
		return this.aravis.unrefSlowly(this.camera);
	}
}

function refused(id: string, cause: unknown): AndonError {
	return new AndonError(
		'CAMERA_UNAVAILABLE',
		{
			expected: `to open the GenICam camera ${id}`,
			found: messageOf(cause),
			fix: 'Check that it has power and is reached (ping), that no other program uses it, and the access to USB devices.',
		},
		{ cause },
	);
}

function closed(id: string): AndonError {
	const facts = { expected: `the camera ${id} to be open`, found: 'it is being closed', fix: 'It is opened again.' };
	return new AndonError('CAMERA_LOST', facts);
}
