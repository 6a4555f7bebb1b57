/**
 * A USB camera on a bench: node-webcam starts `fswebcam` for every single picture. It takes a second or so, there is no stream
 * and no trigger line: for trying a bundle out, not for a line (that is what `v4l2` is for).
 */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import NodeWebcam from 'node-webcam';
import { z } from 'zod';
import { monotonicMs } from '../../../base/clock.ts';
import { AndonError, messageOf } from '../../../base/errors.ts';
import { decodeImage } from '../../../imaging/decode-image.ts';
import type { CameraContext } from '../camera.ts';
import type { LiveEvents, LiveSource } from '../live/live-source.ts';
import { devicePath } from '../v4l2/device-path.ts';
import { requireFswebcam } from './require-fswebcam.ts';

export const webcamOptions = z.strictObject({
	device: devicePath.default('/dev/video0'),
	width: z.int().min(16).max(8192).default(1280),
	height: z.int().min(16).max(8192).default(720),
	skipFrames: z.int().min(0).max(100).default(5).meta({ description: 'The first pictures of a webcam are dark' }),
});

export type WebcamOptions = z.infer<typeof webcamOptions>;

/** node-webcam cannot end a picture that hangs, so the command is made to end by itself. */
const COMMAND = 'timeout --kill-after=1 15 fswebcam';
/** node-webcam hands its words to a shell without quotes: nothing else may get there. */
const HARMLESS = /^[A-Za-z0-9_./-]+$/;

export class WebcamSource implements LiveSource {
	readonly freeRunning = false;
	readonly #options: WebcamOptions;
	readonly #channels: 1 | 3;
	#events: LiveEvents | undefined;
	#folder: string | undefined;
	/** One picture after the other: the device cannot be opened twice. */
	#last: Promise<void> = Promise.resolve();

	constructor(options: WebcamOptions, { input }: CameraContext) {
		this.#options = options;
		this.#channels = input.channels;
	}

	async open(events: LiveEvents): Promise<void> {
		await this.close();
		await requireFswebcam();
		await this.#lookFor('CAMERA_UNAVAILABLE');
		this.#folder = await mkdtemp(join(tmpdir(), 'andon-webcam-'));
		if (!HARMLESS.test(this.#folder)) throw strangeFolder(this.#folder);
		this.#events = events;
	}

	/** Takes a picture; rejects when it did not come to one. */
	trigger(): Promise<void> {
		const shot = this.#last.then(() => this.#shoot());
		this.#last = shot.catch(() => {});
		return shot;
	}

	async close(): Promise<void> {
		this.#events = undefined;
		await this.#last;
		if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
		this.#folder = undefined;
	}

	async #shoot(): Promise<void> {
		const events = this.#events;
		if (!events || !this.#folder) throw noPicture(this.#options.device, 'it is not open');
		const moment = { acquiredAt: new Date().toISOString(), monotonicMs: monotonicMs() };
		const path = join(this.#folder, 'picture.jpg');
		try {
			await capture(this.#options, path);
			const { width, height, data } = await decodeImage(path, { channels: this.#channels });
			if (this.#events !== events) return;
			const image = { format: FORMATS[this.#channels], width, height, stride: width * this.#channels, data };
			events.frame({ image, ...moment, release: () => {} });
		} catch (cause) {
			await this.#lookFor('CAMERA_LOST').catch((why) => events.lost(why));
			throw noPicture(this.#options.device, cause);
		} finally {
			await rm(path, { force: true });
		}
	}

	async #lookFor(code: 'CAMERA_UNAVAILABLE' | 'CAMERA_LOST'): Promise<void> {
		const { device } = this.#options;
		try {
			await access(device);
		} catch (cause) {
			const fix = 'Check its cable, and `device`; `andon cameras` lists what is connected.';
			throw new AndonError(code, { expected: `the webcam ${device}`, found: messageOf(cause), fix }, { cause });
		}
	}
}

const FORMATS = { 1: 'Mono8', 3: 'RGB8' } as const;

function capture({ device, width, height, skipFrames }: WebcamOptions, path: string): Promise<void> {
	const kept = { output: 'jpeg', quality: 95, callbackReturn: 'location', saveShots: false } as const;
	const webcam = new NodeWebcam.FSWebcam({ device, width, height, skip: skipFrames, ...kept });
	webcam.bin = COMMAND;
	return new Promise((resolve, reject) => {
		webcam.capture(path, (error) => (error ? reject(error) : resolve()));
	});
}

function noPicture(device: string, cause: unknown): AndonError {
	return new AndonError(
		'FRAME_BROKEN',
		{
			expected: `a picture of the webcam ${device}`,
			found: messageOf(cause).trim().split('\n').slice(-2).join(' '),
			fix: 'Check its cable, that no other program uses it, and that this user is in the group `video`.',
		},
		{ cause },
	);
}

function strangeFolder(folder: string): AndonError {
	return new AndonError('CONFIG_INVALID', {
		expected: 'a folder for temporary files whose name has letters, digits, dots, hyphens and slashes only',
		found: folder,
		fix: 'Set TMPDIR to another folder.',
	});
}
