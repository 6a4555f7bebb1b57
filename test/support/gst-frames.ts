/** What a live source tells, kept for a test to look at. */
import { EventEmitter, once } from 'node:events';
import type { AndonError } from '../../src/base/errors.ts';
import { toPixels } from '../../src/imaging/convert-raw.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';
import type { LiveEvents, LiveFrame, LiveSource } from '../../src/station/cameras/live/live-source.ts';

export class Heard implements LiveEvents {
	/** Copies, in three channels. */
	readonly pictures: Pixels[] = [];
	readonly frames: Omit<LiveFrame, 'image' | 'release'>[] = [];
	readonly breaks: AndonError[] = [];
	readonly losses: AndonError[] = [];
	readonly #news = new EventEmitter();

	frame({ image, release, ...frame }: LiveFrame): void {
		const pixels = toPixels(image, 3);
		this.pictures.push({ ...pixels, data: pixels.data.slice() });
		this.frames.push(frame);
		release();
		this.#news.emit('news');
	}

	broken(reason: AndonError): void {
		this.breaks.push(reason);
		this.#news.emit('news');
	}

	lost(why: AndonError): void {
		this.losses.push(why);
		this.#news.emit('news');
	}

	async until(condition: () => boolean): Promise<void> {
		while (!condition()) await once(this.#news, 'news');
	}
}

/** The first pictures of a source. */
export async function picturesOf(source: LiveSource, count: number): Promise<Pixels[]> {
	const heard = new Heard();
	await source.open(heard);
	await heard.until(() => heard.pictures.length >= count);
	await source.close();
	return heard.pictures.slice(0, count);
}
