/** A live source that does what a test says, in place of a camera. */

import { z } from 'zod';
import { monotonicMs } from '../../src/base/clock.ts';
import type { AndonError } from '../../src/base/errors.ts';
import type { RawImage } from '../../src/imaging/raw-image.ts';
import type { CameraContext, CameraFault, Shot } from '../../src/station/cameras/camera.ts';
import { LiveCamera } from '../../src/station/cameras/live/live-camera.ts';
import { liveKeys } from '../../src/station/cameras/live/live-options.ts';
import type { LiveEvents, LiveFrame, LiveSource } from '../../src/station/cameras/live/live-source.ts';
import { silent } from './test-station.ts';

export class ScriptedSource implements LiveSource {
	readonly freeRunning: boolean;
	/** Only there when the device has a software trigger. */
	trigger?: () => Promise<void>;
	/** Thrown by the next attempts to open it, one each; then it opens. */
	readonly refusals: unknown[] = [];
	opened = 0;
	closed = 0;
	fired = 0;
	/** Frames whose buffers were not given back yet. */
	held = 0;
	#events: LiveEvents | undefined;
	#count = 0;

	constructor({ freeRunning = true, softwareTrigger = false } = {}) {
		this.freeRunning = freeRunning;
		if (softwareTrigger)
			this.trigger = async () => {
				this.fired++;
			};
	}

	async open(events: LiveEvents): Promise<void> {
		this.opened++;
		const refusal = this.refusals.shift();
		if (refusal) throw refusal;
		this.#events = events;
	}

	async close(): Promise<void> {
		this.closed++;
		this.held = 0;
		this.#events = undefined;
	}

	get isOpen(): boolean {
		return this.#events !== undefined;
	}

	frame(image: RawImage = noise(++this.#count), more: Partial<LiveFrame> = {}): void {
		this.held++;
		const release = () => this.held--;
		const now = { acquiredAt: new Date().toISOString(), monotonicMs: monotonicMs() };
		this.#events!.frame({ image, ...now, release, ...more });
	}

	broken(reason: AndonError): void {
		this.#events!.broken(reason);
	}

	lost(why: AndonError): void {
		this.#events!.lost(why);
	}
}

const SIZE = 64;

/** A mid-grey frame that no other seed gives. */
export function noise(seed: number, level = 100, contrast = 8): RawImage {
	const data = new Uint8Array(SIZE * SIZE);
	let state = seed * 2_654_435_761;
	for (let i = 0; i < data.length; i++) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		data[i] = level + ((state >>> 24) * contrast) / 256;
	}
	return raw(data);
}

export function raw(data: Uint8Array): RawImage {
	return { format: 'Mono8', width: SIZE, height: SIZE, stride: SIZE, data };
}

/** A camera on a scripted source, with everything it reported. */
export function liveCamera(source: LiveSource, options: object = {}) {
	const faults: (CameraFault | undefined)[] = [];
	const context: CameraContext = {
		id: 'cam',
		input: { width: SIZE, height: SIZE, channels: 1 },
		cursor: undefined,
		log: silent,
		report: (fault) => faults.push(fault),
	};
	const camera = new LiveCamera(source, z.object(liveKeys).parse(options), context);
	return { camera, faults, next: () => camera.next(AbortSignal.timeout(5000)) };
}

/** A copy of a part's pixels; its buffer goes back. */
export async function bytesOf(shot: Shot): Promise<Uint8Array> {
	try {
		return (await shot.read()).pixels.data.slice();
	} finally {
		shot.release?.();
	}
}

export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
