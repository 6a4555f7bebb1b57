/** GenICam cameras (GigE Vision, USB3 Vision) as a live source: opened, set up, streaming, watched. */
import { AndonError, messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { LiveEvents, LiveSource } from '../live/live-source.ts';
import { applySettings } from './apply-settings.ts';
import { FrameStream } from './frame-stream.ts';
import type { GenicamOptions } from './genicam-options.ts';
import { type GenicamDevice, openDevice } from './open-device.ts';
import { watchPresence } from './presence-watch.ts';

/** So long closing waits for a camera that is there; the rest goes on by itself, as it does for one that is gone. */
const CLOSING_MS = 500;

interface Session {
	readonly device: GenicamDevice;
	stream?: FrameStream;
	/** Ends the watch. */
	unwatch?: () => void;
	/** It does not answer, so it need not be asked to stop. */
	lost?: boolean;
}

export class GenicamSource implements LiveSource {
	readonly freeRunning: boolean;
	readonly simulated: boolean;
	/** Of a camera that waits for its software trigger. */
	readonly trigger?: () => Promise<void>;
	readonly #options: GenicamOptions;
	readonly #buffers: number;
	readonly #log: Logger;
	#session: Session | undefined;
	/** What is left of cameras that were lost ends one after the other, since each keeps a thread of the pool for seconds. */
	#endings: Promise<void> = Promise.resolve();
	/** Grows with every `open` and `close`, so that an opening that is overtaken gives up. */
	#turn = 0;

	/** @param options `frameBuffers`: frames that others may hold at once */
	constructor(options: GenicamOptions & { readonly frameBuffers?: number }, { log }: { readonly log: Logger }) {
		this.#options = options;
		this.#buffers = options.streamBuffers + (options.frameBuffers ?? 0);
		this.#log = log;
		this.freeRunning = options.deviceTrigger === undefined && options.features.TriggerMode !== 'On';
		this.simulated = options.interface === 'Fake';
		if (options.deviceTrigger === 'software') this.trigger = () => this.#fire();
	}

	/** @throws LIBRARY_MISSING, CAMERA_UNAVAILABLE, CONFIG_INVALID, CAMERA_LOST when it is closed meanwhile */
	async open(events: LiveEvents): Promise<void> {
		const turn = ++this.#turn;
		await this.#leave();
		if (turn !== this.#turn) throw overtaken();
		const session: Session = { device: await openDevice(this.#options) };
		if (turn !== this.#turn) {
			void this.#end(session);
			throw overtaken();
		}
		this.#session = session;
		await applySettings(session.device, this.#options);
		session.stream = new FrameStream(session.device, events);
		await this.#start(session.device, session.stream);
		if (turn !== this.#turn) throw overtaken();
		session.unwatch = watchPresence(session.device, (why) => {
			session.lost = true;
			events.lost(why);
		});
		this.#log.info(
			{ device: session.device.id, address: session.device.address, buffers: this.#buffers },
			'the camera streams',
		);
	}

	async close(): Promise<void> {
		this.#turn++;
		await this.#leave();
	}

	/** Ends what is open. */
	async #leave(): Promise<void> {
		const session = this.#session;
		this.#session = undefined;
		if (!session) return;
		if (session.lost) {
			this.#endings = Promise.all([this.#quiet(session), this.#endings]).then(() => this.#free(session));
			return;
		}
		const { promise: late, resolve } = Promise.withResolvers<void>();
		const timer = setTimeout(resolve, CLOSING_MS);
		await Promise.race([this.#end(session), late]);
		clearTimeout(timer);
	}

	async #start(device: GenicamDevice, stream: FrameStream): Promise<void> {
		try {
			await stream.start(this.#buffers);
		} catch (cause) {
			throw cause instanceof AndonError ? cause : mute(device, cause);
		}
	}

	/** Never rejects. */
	async #end(session: Session): Promise<void> {
		await this.#quiet(session);
		await this.#free(session);
	}

	/** Nothing comes of it any more. */
	async #quiet({ device, stream, unwatch }: Session): Promise<void> {
		unwatch?.();
		const stopped = stream?.stop();
		await device.quiesce();
		await stopped;
	}

	async #free({ device, stream, lost }: Session): Promise<void> {
		try {
			if (stream && !lost) await device.aravis.stop(device.camera).catch(() => {});
			await stream?.free();
			await device.free();
		} catch (error) {
			this.#log.warn({ error, device: device.id }, 'the camera could not be closed in order');
		}
	}

	async #fire(): Promise<void> {
		const device = this.#session?.device;
		if (!device) throw refused('it is not open');
		try {
			await device.use((aravis, camera) => aravis.softwareTrigger(camera));
		} catch (cause) {
			throw cause instanceof AndonError ? cause : refused(messageOf(cause), cause);
		}
	}
}

function refused(found: string, cause?: unknown): AndonError {
	const fix = 'Check that the camera has a software trigger (TriggerSource, TriggerSoftware) and is connected.';
	return new AndonError(
		'CAMERA_TRIGGER_REFUSED',
		{ expected: 'the camera to take a software trigger', found, fix },
		{ cause },
	);
}

function mute({ id }: GenicamDevice, cause: unknown): AndonError {
	return new AndonError(
		'CAMERA_UNAVAILABLE',
		{
			expected: `the camera ${id} to stream`,
			found: messageOf(cause),
			fix: 'Check that no other program uses it, and its network settings (docs/cameras.md).',
		},
		{ cause },
	);
}

function overtaken(): AndonError {
	const facts = { expected: 'the camera to open', found: 'it was closed meanwhile', fix: 'It is opened again.' };
	return new AndonError('CAMERA_LOST', facts);
}
