/** Images that somebody posts, as parts: each is inspected and answered. */
import { z } from 'zod';
import { AndonError } from '../../../base/errors.ts';
import { decodeImage } from '../../../imaging/decode-image.ts';
import type { Camera, CameraContext, Shot, TriggerRequest } from '../camera.ts';
import { Arrivals } from '../live/arrivals.ts';
import { linePaused } from '../live/triggers/awaited-frames.ts';

export const httpOptions = z.strictObject({
	maxMegapixels: z.number().gt(0).max(500).default(64).meta({
		description: 'A larger image is not inspected: a small file can unpack to gigabytes',
	}),
});

export type HttpOptions = z.infer<typeof httpOptions>;

export class HttpCamera implements Camera {
	readonly patient = false;
	readonly #channels: 1 | 3;
	readonly #maxPixels: number;
	readonly #arrivals = new Arrivals();
	#paused = false;

	constructor({ maxMegapixels }: HttpOptions, { input }: CameraContext) {
		this.#channels = input.channels;
		this.#maxPixels = Math.round(maxMegapixels * 1e6);
	}

	async start(): Promise<void> {}

	next(signal: AbortSignal): Promise<Shot> {
		return this.#arrivals.next(signal);
	}

	pause(paused: boolean): void {
		this.#paused = paused;
	}

	trigger({ id, partId, at, monotonicMs, image }: TriggerRequest): void {
		if (!image) throw withoutImage();
		if (this.#paused) throw linePaused();
		let bytes: Uint8Array | undefined = image;
		this.#arrivals.add({
			...(partId === undefined ? {} : { partId }),
			cursor: null,
			acquiredAt: at,
			monotonicMs,
			simulated: false,
			trigger: id,
			read: async () => ({ pixels: await this.#decode(bytes!) }),
			release: () => {
				bytes = undefined;
			},
		});
	}

	async stop(): Promise<void> {
		this.#arrivals.clear();
	}

	#decode(image: Uint8Array) {
		return decodeImage(image, { channels: this.#channels, maxPixels: this.#maxPixels });
	}
}

function withoutImage(): AndonError {
	return new AndonError('CAMERA_TRIGGER_REFUSED', {
		expected: 'an image: the camera has `source: http`',
		found: 'a request without one',
		fix: 'POST the image to /stations/<station>/inspect, or ask a camera with `trigger: { on: command }`.',
	});
}
