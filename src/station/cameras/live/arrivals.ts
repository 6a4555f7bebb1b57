/** Parts that have arrived, in order, until somebody takes them. */
import type { Shot } from '../camera.ts';

export class Arrivals {
	readonly #shots: Shot[] = [];
	#wake: (() => void) | undefined;

	add(shot: Shot): void {
		this.#shots.push(shot);
		this.#wake?.();
	}

	/** @param signal ends the waiting: the call rejects and no part is consumed */
	async next(signal: AbortSignal): Promise<Shot> {
		for (;;) {
			signal.throwIfAborted();
			const shot = this.#shots.shift();
			if (shot) return shot;
			await this.#something(signal);
		}
	}

	/** Nobody will take those that wait. */
	clear(): void {
		for (const shot of this.#shots.splice(0)) shot.release?.();
	}

	async #something(signal: AbortSignal): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		const wake = () => resolve();
		this.#wake = wake;
		signal.addEventListener('abort', wake);
		await promise;
		signal.removeEventListener('abort', wake);
		this.#wake = undefined;
	}
}
