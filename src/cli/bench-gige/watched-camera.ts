/** A live camera of the station on a GigE Vision camera, whose parts are taken as they come, counted and timed. */
import { monotonicMs } from '../../base/clock.ts';
import type { ErrorCode } from '../../base/error-codes.ts';
import type { AndonError } from '../../base/errors.ts';
import { createLogger } from '../../base/log.ts';
import type { CameraFault, Shot } from '../../station/cameras/camera.ts';
import { genicamOptions } from '../../station/cameras/genicam/genicam-options.ts';
import { GenicamSource } from '../../station/cameras/genicam/genicam-source.ts';
import { LiveCamera } from '../../station/cameras/live/live-camera.ts';
import { liveKeys } from '../../station/cameras/live/live-options.ts';

const SIZE = 512;

export class WatchedCamera {
	/** Parts with a frame, and parts that were reported as missed. */
	seen = 0;
	missed = 0;
	/** Why parts were missed, and how often. */
	readonly reasons = new Map<ErrorCode, number>();
	/** From the exposure, by the clock of the device (here the host's own), until the pixels are in hand, ms. */
	readonly latencies: number[] = [];
	/** The device's numbers of the frames, in order. */
	readonly ids: number[] = [];
	fault: CameraFault | undefined;
	readonly #camera: LiveCamera;
	readonly #ended = new AbortController();
	#taking: Promise<void> | undefined;

	/** @param options of the source and of what every live camera has */
	constructor(options: object) {
		const log = createLogger('bench', 'silent');
		const checked = genicamOptions.extend(liveKeys).parse({ interface: 'GigEVision', ...options });
		this.#camera = new LiveCamera(new GenicamSource(checked, { log }), checked, {
			id: 'gige',
			input: { width: SIZE, height: SIZE, channels: 1 },
			cursor: undefined,
			log,
			report: (fault) => {
				this.fault = fault;
			},
		});
	}

	async start(): Promise<void> {
		await this.#camera.start();
		this.#taking = this.#take().catch((error) => {
			if (!this.#ended.signal.aborted) throw error;
		});
	}

	async stop(): Promise<void> {
		this.#ended.abort();
		await this.#taking;
		await this.#camera.stop();
	}

	/** @returns ms from `begin` (`monotonicMs`) until it is so */
	async since(begin: number, isSo: () => boolean): Promise<number> {
		while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
		return monotonicMs() - begin;
	}

	async #take(): Promise<void> {
		for (;;) await this.#count(await this.#camera.next(this.#ended.signal));
	}

	async #count(shot: Shot): Promise<void> {
		try {
			await shot.read();
			this.seen++;
			const { frameId, timestampNs } = shot.device ?? {};
			if (frameId !== undefined) this.ids.push(frameId);
			if (timestampNs !== undefined) this.latencies.push(Date.now() - timestampNs / 1e6);
		} catch (error) {
			this.missed++;
			const { code } = error as AndonError;
			this.reasons.set(code, (this.reasons.get(code) ?? 0) + 1);
		} finally {
			shot.release?.();
		}
	}
}
