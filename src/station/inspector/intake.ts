/** Takes parts from the camera: each has its number, and the supervisor knows it, before anything can go wrong with it. */
import { AndonError } from '../../base/errors.ts';
import type { Camera, Shot } from '../cameras/camera.ts';
import type { GoldenDesk, GoldenShot } from './golden-desk.ts';
import type { LoadedRecipe } from './loaded-recipe.ts';

export interface NamedPart {
	readonly sequence: number;
	readonly shot: Shot;
	/** In force at its trigger. */
	readonly recipe: LoadedRecipe;
	/** The golden part that it is, when one is presented. */
	readonly golden?: GoldenShot;
}

export interface IntakeOptions {
	/** Sequence of the first part. */
	readonly sequence: number;
	/** Parts that may wait; one more is not inspected. */
	readonly limit: number;
	readonly paused: boolean;
	readonly golden: GoldenDesk;
	/** In force when the part was triggered. */
	recipe(shot: Shot): LoadedRecipe;
}

interface IntakeEvents {
	/** Resolves once the supervisor will hear of it, whatever happens here. */
	named(part: NamedPart): Promise<void>;
	/** The part is not inspected. */
	refused(part: NamedPart, why: AndonError): Promise<void>;
	/** The camera has no more parts. */
	ended(): Promise<void>;
}

export class Intake {
	readonly #camera: Camera;
	readonly #options: IntakeOptions;
	readonly #events: IntakeEvents;
	readonly #waiting: NamedPart[] = [];
	readonly #stop = new AbortController();
	#sequence: number;
	#paused: boolean;
	#ended = false;
	#failure: unknown;
	/** Ends the waiting for a part when there is something else to do. */
	#fetching: AbortController | undefined;
	#wake: (() => void) | undefined;
	#receiving: Promise<void> = Promise.resolve();

	constructor(camera: Camera, options: IntakeOptions, events: IntakeEvents) {
		this.#camera = camera;
		this.#options = options;
		this.#events = events;
		this.#sequence = options.sequence - 1;
		this.#paused = options.paused;
	}

	async start(): Promise<void> {
		this.#camera.pause?.(this.#paused);
		await this.#camera.start();
		if (!this.#camera.patient) this.#receiving = this.#receive();
	}

	/** Parts that wait. */
	get waiting(): number {
		return this.#waiting.length;
	}

	/**
	 * The next part: one that waits, or one that the camera is asked for.
	 *
	 * @returns undefined when there is none and something else may be to do: after `interrupt`, at the end, when stopped
	 * @throws what ended the camera
	 */
	async next(): Promise<NamedPart | undefined> {
		const waiting = this.#waiting.shift();
		if (waiting) return waiting;
		if (this.#failure !== undefined) throw this.#failure;
		if (this.#stop.signal.aborted) return undefined;
		if (this.#camera.patient && !this.#paused && !this.#ended) {
			this.#fetching = new AbortController();
			return this.#name(this.#fetching.signal);
		}
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
		});
		return this.#waiting.shift();
	}

	/** While paused no part is asked for; a camera that does not wait knows what to do with its own. */
	pause(paused: boolean): void {
		this.#paused = paused;
		this.#camera.pause?.(paused);
		this.interrupt();
	}

	/** Has `next` return. */
	interrupt(): void {
		this.#fetching?.abort();
		this.#wake?.();
	}

	/** No further part is taken; those that wait are still handed out. */
	async stop(): Promise<void> {
		this.#stop.abort();
		this.interrupt();
		await this.#receiving;
	}

	/** A camera that does not wait is listened to all the time. */
	async #receive(): Promise<void> {
		try {
			while (!this.#ended && !this.#stop.signal.aborted) {
				const part = await this.#name(this.#stop.signal);
				if (part && this.#waiting.length < this.#options.limit) this.#waiting.push(part);
				else if (part) await this.#events.refused(part, this.#full());
				this.#wake?.();
			}
		} catch (error) {
			this.#failure = error;
			this.#wake?.();
		}
	}

	/** Undefined when aborted or when the camera has ended. */
	async #name(signal: AbortSignal): Promise<NamedPart | undefined> {
		const shot = await this.#camera.next(signal).catch((error) => {
			if (signal.aborted) return undefined;
			throw error;
		});
		if (shot) {
			const golden = this.#options.golden.claim(shot);
			const recipe = this.#options.recipe(shot);
			const part = { sequence: ++this.#sequence, shot: golden?.shot ?? shot, recipe, golden };
			await this.#events.named(part);
			return part;
		}
		if (signal.aborted) return undefined;
		this.#ended = true;
		await this.#events.ended();
		return undefined;
	}

	#full(): AndonError {
		const { limit } = this.#options;
		return new AndonError('QUEUE_FULL', {
			expected: `at most ${limit} parts waiting for their inspection`,
			found: 'one more',
			fix: 'Slow the line, use a faster provider or a smaller model, or raise `queue.limit`.',
		});
	}
}
