/** A camera that GStreamer reads, in a process of its own: frames of negotiated size come whole, or are reported as broken. */
import { AndonError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { LiveEvents, LiveSource } from '../live/live-source.ts';
import { GstSession } from './gst-session.ts';
import { type Element, requireElements } from './require-elements.ts';

export interface GstPlan {
	/** What it is called in messages: `the camera /dev/video0`. */
	readonly camera: string;
	readonly elements: readonly Element[];
	/** Words for `gst-launch-1.0` that end in frames of a kind that can be read; asked for at every opening. */
	pipeline(): Promise<readonly string[]>;
}

export class GstSource implements LiveSource {
	readonly #plan: GstPlan;
	readonly #log: Logger;
	#session: GstSession | undefined;

	constructor(plan: GstPlan, log: Logger) {
		this.#plan = plan;
		this.#log = log;
	}

	/** Resolves once it is negotiated what comes: frames follow. */
	async open(events: LiveEvents): Promise<void> {
		const { camera, elements } = this.#plan;
		const session = new GstSession(camera, events, this.#log);
		const before = this.#session;
		this.#session = session;
		await before?.stop();
		await requireElements(['fdsink', 'gdppay', ...elements]);
		const pipeline = await this.#plan.pipeline();
		if (this.#session !== session) throw closed(camera);
		await session.start(pipeline);
	}

	async close(): Promise<void> {
		const session = this.#session;
		this.#session = undefined;
		await session?.stop();
	}
}

function closed(camera: string): AndonError {
	return new AndonError('CAMERA_UNAVAILABLE', {
		expected: `${camera} to open`,
		found: 'it was closed meanwhile',
		fix: 'Nothing; it is opened again when it is needed.',
	});
}
