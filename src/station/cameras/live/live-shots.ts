/** Frames of a streaming camera as parts: pixels stay in the camera's buffer, and are copied only where they are converted. */
import { monotonicMs } from '../../../base/clock.ts';
import { AndonError } from '../../../base/errors.ts';
import { toPixels } from '../../../imaging/convert-raw.ts';
import type { Pixels } from '../../../imaging/pixels.ts';
import type { RawImage } from '../../../imaging/raw-image.ts';
import type { Shot } from '../camera.ts';
import type { LiveFrame } from './live-source.ts';
import type { Asked, TriggerFrame } from './triggers/trigger.ts';

/** A frame that is not given back yet. */
export interface LentFrame extends TriggerFrame {
	/** Whether its buffer is still the camera's. */
	readonly valid: () => boolean;
}

/** Longer than any inspection and the keeping of its picture, ms. */
const PATIENCE_MS = 10_000;

export class LiveShots {
	readonly #channels: 1 | 3;
	readonly #limit: number;
	readonly #simulated: boolean;
	/** Frames that parts hold. */
	#held = 0;
	/** Parts whose pixels lie in the camera's own buffer and are in use. */
	#inUse = 0;
	#unused: (() => void) | undefined;
	/** Pixels that nobody needs any more, to be written again. */
	readonly #spare: Uint8Array[] = [];

	/**
	 * @param limit frames that parts may hold at once
	 * @param simulated whether there is no camera behind them
	 */
	constructor(channels: 1 | 3, limit: number, simulated = false) {
		this.#channels = channels;
		this.#limit = limit;
		this.#simulated = simulated;
	}

	/** Resolves when nobody reads a buffer of the camera any more, or somebody forgot to say so: then it may be closed. */
	async unused(): Promise<void> {
		if (this.#inUse === 0) return;
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#unused = resolve;
		const patience = setTimeout(resolve, PATIENCE_MS);
		await promise;
		clearTimeout(patience);
	}

	/** @param valid false from the moment on at which the device is to be closed: what was not read by then is gone */
	lend(frame: LiveFrame, valid: () => boolean): LentFrame {
		const { image, acquiredAt, monotonicMs, device } = frame;
		let lent = true;
		const release = () => {
			if (lent && valid()) frame.release();
			lent = false;
		};
		return { image, acquiredAt, monotonicMs, device, release, valid };
	}

	/** @param distrust why it cannot be judged by this frame */
	of(frame: TriggerFrame, asked: Asked | undefined, distrust: AndonError | undefined): Shot {
		if (distrust || this.#held >= this.#limit) {
			frame.release();
			const named = this.#namesOf(asked ?? momentOf(frame));
			return distrust
				? { ...named, read: () => Promise.reject(distrust) }
				: this.missed(this.#full(), asked ?? momentOf(frame));
		}
		this.#held++;
		let pixels: Pixels | undefined;
		let isView = false;
		const giveBack = once(() => {
			frame.release();
			this.#held--;
			if (isView && --this.#inUse === 0) this.#unused?.();
		});
		const read = () => {
			if (pixels) return { pixels };
			if (!(frame as LentFrame).valid()) throw gone();
			pixels = this.#convert(frame.image);
			isView = pixels.data.buffer === frame.image.data.buffer;
			if (isView) this.#inUse++;
			else giveBack();
			return { pixels };
		};
		const release = once(() => {
			giveBack();
			if (pixels && !isView && this.#spare.length < this.#limit) this.#spare.push(pixels.data);
			pixels = undefined;
		});
		return { ...this.#namesOf(asked ?? momentOf(frame)), device: frame.device, read: async () => read(), release };
	}

	/** A part that nothing was seen of. */
	missed(why: AndonError, asked: Asked | undefined): Shot {
		const now = { at: new Date().toISOString(), monotonicMs: monotonicMs() };
		return { ...this.#namesOf(asked ?? now), missed: true, read: () => Promise.reject(why) };
	}

	#convert(image: RawImage): Pixels {
		const bytes = image.width * image.height * this.#channels;
		const at = this.#spare.findIndex(({ length }) => length === bytes);
		const own = at < 0 ? undefined : this.#spare.splice(at, 1)[0];
		const pixels = toPixels(image, this.#channels, own);
		if (own && pixels.data !== own) this.#spare.push(own);
		return pixels;
	}

	#namesOf({ id, partId, at, monotonicMs }: Asked) {
		const named = { ...(partId === undefined ? {} : { partId }), ...(id === undefined ? {} : { trigger: id }) };
		// A stream has no place to go on from.
		return { ...named, cursor: null, acquiredAt: at, monotonicMs, simulated: this.#simulated };
	}

	#full(): AndonError {
		return new AndonError('QUEUE_FULL', {
			expected: `at most ${this.#limit} frames waiting in the buffers of the camera`,
			found: 'one more',
			fix: 'Slow the line, use a faster provider or a smaller model, or raise `frameBuffers`.',
		});
	}
}

function once(action: () => void): () => void {
	let done = false;
	return () => {
		if (done) return;
		done = true;
		action();
	};
}

function momentOf({ acquiredAt, monotonicMs }: TriggerFrame): Asked {
	return { at: acquiredAt, monotonicMs };
}

function gone(): AndonError {
	return new AndonError('CAMERA_LOST', {
		expected: 'a camera that is there until its frame was read',
		found: 'it was lost while the part waited',
		fix: 'See why the camera was lost; parts that wait for their inspection are lost with it.',
	});
}
