/** One time that a GStreamer camera is open: packets become frames, and its end becomes a reason. */
import { AndonError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { LiveEvents } from '../live/live-source.ts';
import { explainEnd } from './explain-end.ts';
import { type FrameLayout, frameLayout } from './frame-layout.ts';
import { FrameMemory } from './frame-memory.ts';
import type { GdpHeader } from './gdp-header.ts';
import { GdpReader } from './gdp-reader.ts';
import { GstChild } from './gst-child.ts';
import { LostFrames } from './lost-frames.ts';
import { readCaps, type VideoCaps } from './read-caps.ts';
import { StreamClock } from './stream-clock.ts';

/** A network camera that is far away answers by then. */
const NEGOTIATION_MS = 20_000;
/** A longer gap is told by so many lost frames: nobody counts on after that. */
const MOST_LOST = 100;

export class GstSession {
	readonly #camera: string;
	readonly #events: LiveEvents;
	readonly #log: Logger;
	readonly #memory = new FrameMemory();
	readonly #clock = new StreamClock();
	readonly #lost = new LostFrames();
	readonly #reader: GdpReader;
	readonly #negotiated = Promise.withResolvers<void>();
	#child: GstChild | undefined;
	#caps: VideoCaps | undefined;
	#layout: FrameLayout | undefined;
	/** Why it has to end, where its output cannot be used. */
	#failure: AndonError | undefined;
	#stopped = false;

	constructor(camera: string, events: LiveEvents, log: Logger) {
		this.#camera = camera;
		this.#events = events;
		this.#log = log;
		this.#reader = new GdpReader({
			memory: (bytes) => this.#memory.take(bytes),
			frame: (header, data) => this.#frame(header, data),
			caps: (text) => this.#take(text),
			segment: () => this.#restart(),
			garbled: () => this.#fail(garbled(this.#camera)),
		});
	}

	/** Resolves once it is negotiated what comes. @throws CAMERA_UNAVAILABLE, CONFIG_INVALID, LIBRARY_MISSING */
	async start(pipeline: readonly string[]): Promise<void> {
		this.#child = await GstChild.start(pipeline, this.#reader);
		if (this.#stopped) await this.#child.stop();
		void this.#child.ended.then((end) => this.#end(explainEnd(end, this.#camera, this.#layout !== undefined)));
		const tooLong = setTimeout(() => this.#fail(silent(this.#camera)), NEGOTIATION_MS);
		await this.#negotiated.promise.finally(() => clearTimeout(tooLong));
	}

	/** Nothing is told after this. */
	async stop(): Promise<void> {
		this.#stopped = true;
		await this.#child?.stop();
	}

	/** Times begin anew. */
	#restart(): void {
		this.#clock.reset();
		this.#lost.reset();
	}

	#take(text: string): void {
		this.#caps = readCaps(text);
		this.#layout = this.#caps && frameLayout(this.#caps);
		if (this.#layout) {
			this.#log.info({ ...this.#caps }, 'the camera streams');
			this.#negotiated.resolve();
		} else this.#fail(unreadable(this.#camera, text));
	}

	#frame(header: GdpHeader, data: Uint8Array): void {
		if (this.#stopped) return;
		const lost = Math.min(this.#lost.before(header, this.#caps?.fps), MOST_LOST);
		for (let i = 0; i < lost; i++) this.#events.broken(dropped(this.#camera, lost));
		const layout = this.#layout;
		// Some carry more than their rows: drivers ask for more memory than that.
		if (layout && !header.gap && data.length >= layout.bytes) this.#deliver(header, layout, data);
		else {
			this.#memory.giveBack(data);
			this.#events.broken(wrongSize(this.#camera, data.length, layout));
		}
	}

	#deliver(header: GdpHeader, { format, width, height, stride }: FrameLayout, data: Uint8Array): void {
		this.#events.frame({
			image: { format, width, height, stride, data },
			...this.#clock.momentOf(header.ptsNs),
			device: { frameId: header.number, timestampNs: header.ptsNs },
			release: () => this.#memory.giveBack(data),
		});
	}

	#fail(why: AndonError): void {
		this.#failure ??= why;
		void this.#child?.stop();
	}

	#end(why: AndonError): void {
		const reason = this.#failure ?? why;
		this.#negotiated.reject(reason);
		// After the refusal, so that nobody hears of a loss who was told that there is nothing.
		if (this.#stopped || !this.#layout) return;
		const { unfinished } = this.#reader;
		if (unfinished) this.#events.broken(cutOff(this.#camera, unfinished));
		this.#events.lost(reason);
	}
}

function silent(camera: string): AndonError {
	return new AndonError('CAMERA_UNAVAILABLE', {
		expected: `${camera} to say within ${NEGOTIATION_MS / 1000} s what its frames are`,
		found: 'nothing',
		fix: 'It is tried again by itself; check its cable, power and network.',
	});
}

function garbled(camera: string): AndonError {
	return new AndonError('CAMERA_LOST', {
		expected: `whole frames from ${camera}`,
		found: 'bytes that are no frame',
		fix: 'It is opened again by itself; if this repeats, check the installation of GStreamer.',
	});
}

function unreadable(camera: string, caps: string): AndonError {
	return new AndonError('CONFIG_INVALID', {
		expected: `${camera} to deliver video that can be inspected`,
		found: caps.slice(0, 200),
		fix: 'Choose another `format`.',
	});
}

function dropped(camera: string, count: number): AndonError {
	return new AndonError('FRAME_BROKEN', {
		expected: `every frame of ${camera}`,
		found: count === 1 ? 'one is missing' : `${count} are missing in a row`,
		fix: 'Lower `fps` or the size, use a faster cable or network, or give the station more of the processor.',
	});
}

function wrongSize(camera: string, bytes: number, layout: FrameLayout | undefined): AndonError {
	return new AndonError('FRAME_BROKEN', {
		expected: layout
			? `frames of ${layout.bytes} bytes and more from ${camera}`
			: `${camera} to say what its frames are`,
		found: `one of ${bytes}`,
		fix: 'If this repeats, choose another `format` and check cable and network.',
	});
}

function cutOff(camera: string, { bytes, of }: { readonly bytes: number; readonly of: number }): AndonError {
	return new AndonError('FRAME_BROKEN', {
		expected: `whole frames from ${camera}`,
		found: `${bytes} of ${of} bytes, then it ended`,
		fix: 'See why the camera was lost.',
	});
}
