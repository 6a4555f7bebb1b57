/** Keeps a streaming device open: whatever happens to it, it is opened again, without end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AndonError, messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { LiveEvents, LiveFrame, LiveSource } from './live-source.ts';

export interface DeviceEvents {
	/** @param valid whether the frame's buffer is still the camera's: false once the device was closed */
	frame(frame: LiveFrame, valid: () => boolean): void;
	broken(reason: AndonError): void;
	/** It is gone, or could not be opened; said once for every time that it is opened. */
	lost(why: AndonError): void;
	/** Resolves when its buffers are no longer read; frames that were not read by then are invalid. */
	unused(): Promise<void>;
	/** It delivers (again); where frames do not come by themselves: it is open. */
	back(): void;
}

export interface DeviceOptions {
	/** Without a frame for so long it is lost, where frames come by themselves. */
	readonly silenceMs: number;
	/** The pauses between attempts grow from the first to the longest of these, ms. */
	readonly pausesMs?: readonly [first: number, longest: number];
}

/** So that frames come again less than 5 s after the camera does. */
const PAUSES_MS = [200, 2000] as const;
/** Opening one takes no longer than this, ms. */
const OPENING_MS = 15_000;

export class Device {
	readonly #source: LiveSource;
	readonly #options: DeviceOptions;
	readonly #events: DeviceEvents;
	readonly #log: Logger;
	#stopped = new AbortController();
	#running: Promise<void> | undefined;
	/** Attempts since frames came. */
	#failures = 0;
	/** Why it could not be opened or is gone; undefined while it is open, and as long as nothing is known yet. */
	#away: AndonError | undefined;
	#isOpen = false;
	/** Frames come, or nothing else can be known of it than that it is open. */
	#isWell = false;
	/** Ends the session in progress. */
	#end: ((why: AndonError) => void) | undefined;

	constructor(source: LiveSource, options: DeviceOptions, events: DeviceEvents, log: Logger) {
		this.#source = source;
		this.#options = options;
		this.#events = events;
		this.#log = log;
	}

	get away(): AndonError | undefined {
		return this.#away;
	}

	/** It can be used. */
	get isOpen(): boolean {
		return this.#isOpen;
	}

	start(): void {
		this.#stopped = new AbortController();
		this.#running ??= this.#run();
	}

	/** Resolves once the device is closed. */
	async stop(): Promise<void> {
		this.#stopped.abort();
		this.#end?.(opening());
		await this.#running;
		this.#running = undefined;
		this.#away = undefined;
		this.#isWell = false;
	}

	async #run(): Promise<void> {
		const { signal } = this.#stopped;
		while (!signal.aborted) {
			const why = await this.#session();
			if (signal.aborted) return;
			this.#away = why;
			this.#isWell = false;
			this.#events.lost(why);
			await sleep(this.#pause(), undefined, { signal }).catch(() => {});
		}
	}

	#pause(): number {
		const [first, longest] = this.#options.pausesMs ?? PAUSES_MS;
		return Math.min(first * 2 ** this.#failures++, longest);
	}

	/** From the opening to the end. @returns why it ended */
	async #session(): Promise<AndonError> {
		const { promise: over, resolve: end } = Promise.withResolvers<AndonError>();
		const session = new Session(this.#source, this.#options.silenceMs, end);
		this.#end = end;
		try {
			void this.#open(session).catch((error) => end(asAndonError(error)));
			return await over;
		} finally {
			session.end();
			this.#isOpen = false;
			await this.#events.unused();
			await this.#source.close().catch((error) => this.#log.warn({ error }, 'the camera could not be closed in order'));
		}
	}

	async #open(session: Session): Promise<void> {
		await this.#source.open(this.#eventsOf(session));
		session.opened();
		if (!session.live) return;
		this.#away = undefined;
		this.#isOpen = true;
		if (this.#source.freeRunning === false) this.#isBack();
	}

	#eventsOf(session: Session): LiveEvents {
		return {
			frame: (frame) => {
				if (!session.live) return frame.release();
				session.heard();
				this.#isBack();
				this.#events.frame(frame, () => session.live);
			},
			broken: (reason) => {
				if (!session.live) return;
				session.heard();
				this.#events.broken(reason);
			},
			lost: (why) => session.lost(why),
		};
	}

	#isBack(): void {
		this.#failures = 0;
		this.#away = undefined;
		if (this.#isWell) return;
		this.#isWell = true;
		this.#events.back();
	}
}

/** One time that the device is open. */
class Session {
	readonly #silenceMs: number;
	readonly #freeRunning: boolean;
	readonly #end: (why: AndonError) => void;
	readonly #timer: NodeJS.Timeout;
	#heardAt = performance.now();
	#isOpen = false;
	#overdue = 0;
	#live = true;

	constructor({ freeRunning = true }: LiveSource, silenceMs: number, end: (why: AndonError) => void) {
		this.#silenceMs = silenceMs;
		this.#freeRunning = freeRunning;
		this.#end = end;
		this.#timer = setInterval(() => this.#look(), silenceMs / 8);
	}

	/** Its frames may be used. */
	get live(): boolean {
		return this.#live;
	}

	opened(): void {
		this.#isOpen = true;
		this.heard();
	}

	heard(): void {
		this.#heardAt = performance.now();
		this.#overdue = 0;
	}

	lost(why: AndonError): void {
		if (this.#live) this.#end(why);
	}

	end(): void {
		this.#live = false;
		clearInterval(this.#timer);
	}

	/** Twice in a row: after a long inference, what had arrived meanwhile is heard first. */
	#look(): void {
		const silent = performance.now() - this.#heardAt;
		const limit = this.#isOpen ? this.#silenceMs : Math.max(OPENING_MS, this.#silenceMs);
		const expected = this.#freeRunning || !this.#isOpen;
		this.#overdue = expected && silent > limit ? this.#overdue + 1 : 0;
		if (this.#overdue >= 2) this.#end(this.#isOpen ? silence(this.#silenceMs) : slow());
	}
}

function asAndonError(cause: unknown): AndonError {
	if (cause instanceof AndonError) return cause;
	return new AndonError(
		'CAMERA_UNAVAILABLE',
		{ expected: 'the camera to open', found: messageOf(cause), fix: 'See the log; it is tried again without end.' },
		{ cause },
	);
}

function opening(): AndonError {
	return new AndonError('CAMERA_UNAVAILABLE', {
		expected: 'the camera to be open',
		found: 'it is still being opened',
		fix: 'Wait; if this lasts, check its cable, power and address.',
	});
}

function slow(): AndonError {
	return new AndonError('CAMERA_UNAVAILABLE', {
		expected: `the camera to open within ${OPENING_MS / 1000} s`,
		found: 'no answer',
		fix: 'Check its cable, power and address, and whether another program uses it. It is tried again without end.',
	});
}

function silence(ms: number): AndonError {
	return new AndonError('CAMERA_LOST', {
		expected: 'frames to come by themselves',
		found: `none for ${ms / 1000} s`,
		fix: 'Check its cable and power, and whether it waits for a trigger that nobody gives. It is opened again without end.',
	});
}
