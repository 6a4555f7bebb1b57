/** Whether there is something in a region of the picture that was not there before. */
import type { RawImage } from '../../../../imaging/raw-image.ts';
import { lumaOf } from '../../../../imaging/raw-luma.ts';

export interface Region {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export interface PresenceOptions {
	/** Pixels of the camera; the whole picture if absent. */
	readonly region?: Region;
	/** Grey levels by which a pixel differs from the background. */
	readonly difference: number;
	/** What stays is the background after so long, ms, however much it differs; 0 = the first frame stays it. */
	readonly relearnMs: number;
}

export interface Presence {
	/** Share of the region that differs from the background, 0 to 1. */
	readonly share: number;
	/** How far the middle of what differs is from the middle of the region, in units of the region: 0 to about 0.7. */
	readonly offCentre: number;
	/** Mean difference of neighbouring samples: the larger, the more of the part is seen, and the sharper. */
	readonly detail: number;
}

/** Samples along each axis of the region. */
const ACROSS = 48;
const DOWN = 32;
/** At the start something may be in the view: the background is learned faster by this factor for so long, ms. */
const HASTE = 10;
const START_MS = 3000;
/** A longer pause between two frames teaches no more than this one, ms. */
const LONGEST_STEP_MS = 200;

export class PresenceWatch {
	readonly #options: PresenceOptions;
	#background: Float32Array | undefined;
	#startedAt = 0;
	#lookedAt = 0;

	constructor(options: PresenceOptions) {
		this.#options = options;
	}

	/** The first frame begins the background. @param monotonicMs when it arrived */
	look(image: RawImage, monotonicMs: number): Presence {
		const { width, height } = image;
		const region = this.#options.region ?? { x: 0, y: 0, width, height };
		const { samples, detail } = sample(image, region);
		if (!this.#background) {
			this.#background = samples.slice();
			this.#startedAt = monotonicMs;
			this.#lookedAt = monotonicMs;
		}
		const presence = { ...this.#compare(samples, this.#background), detail };
		this.#learn(samples, this.#background, monotonicMs);
		return presence;
	}

	/** Another device, or the same anew. */
	reset(): void {
		this.#background = undefined;
	}

	/**
	 * Every level moves towards what is seen, by the same step whatever the difference: so it goes where it is half of the time
	 * (an approximate median: McFarlane and Schofield, 1995), and parts that pass leave no trace.
	 */
	#learn(samples: Float32Array, background: Float32Array, monotonicMs: number): void {
		const { relearnMs } = this.#options;
		const elapsed = Math.min(monotonicMs - this.#lookedAt, LONGEST_STEP_MS);
		this.#lookedAt = monotonicMs;
		if (relearnMs === 0) return;
		const haste = monotonicMs - this.#startedAt < START_MS ? HASTE : 1;
		const step = (haste * elapsed * 255) / relearnMs;
		for (let i = 0; i < samples.length; i++) {
			const difference = samples[i] - background[i];
			background[i] += Math.max(-step, Math.min(step, difference));
		}
	}

	#compare(samples: Float32Array, background: Float32Array): Pick<Presence, 'share' | 'offCentre'> {
		const { difference } = this.#options;
		let count = 0;
		let sumX = 0;
		let sumY = 0;
		for (let i = 0; i < samples.length; i++) {
			if (Math.abs(samples[i] - background[i]) < difference) continue;
			count++;
			sumX += i % ACROSS;
			sumY += (i / ACROSS) | 0;
		}
		if (count === 0) return { share: 0, offCentre: 1 };
		const dx = (sumX / count + 0.5) / ACROSS - 0.5;
		const dy = (sumY / count + 0.5) / DOWN - 0.5;
		return { share: count / samples.length, offCentre: Math.hypot(dx, dy) };
	}
}

/** Levels over the region, row by row, and how much neighbouring pixels differ at those places. */
function sample(image: RawImage, { x, y, width, height }: Region) {
	const luma = lumaOf(image);
	const right = Math.min(x + width, image.width) - 3;
	const lower = Math.min(y + height, image.height) - 2;
	const samples = new Float32Array(ACROSS * DOWN);
	let detail = 0;
	for (let row = 0, i = 0; row < DOWN; row++) {
		const at = Math.max(0, Math.min(lower, y + Math.floor(((row + 0.5) * height) / DOWN)));
		for (let column = 0; column < ACROSS; column++, i++) {
			const from = Math.max(0, Math.min(right, x + Math.floor(((column + 0.5) * width) / ACROSS)));
			samples[i] = luma(from, at);
			detail += Math.abs(luma(from + 2, at) - samples[i]);
		}
	}
	return { samples, detail: detail / samples.length };
}
