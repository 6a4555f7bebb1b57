/** Changes that an inspector was told of and has not answered yet, by number. */
import type { AndonError } from '../../base/errors.ts';

/** `gone`: the process has ended, and the next one is started with every change. */
export type Applied = 'applied' | 'gone';

export class Changes {
	readonly #open = new Map<number, (outcome: Applied | AndonError) => void>();
	#last = 0;

	/**
	 * Tells of a change and waits for the inspector's word, or for its end: one that hangs is ended by the watchdog.
	 *
	 * @param tell false when there is no process to hear it
	 * @throws why it refuses
	 */
	async ask(tell: (change: number) => boolean): Promise<Applied> {
		const change = ++this.#last;
		const answer = new Promise<Applied | AndonError>((resolve) => this.#open.set(change, resolve));
		const outcome = tell(change) ? await answer : 'gone';
		this.#open.delete(change);
		if (typeof outcome === 'object') throw outcome;
		return outcome;
	}

	answer(change: number, outcome: 'applied' | AndonError): void {
		this.#open.get(change)?.(outcome);
	}

	/** The process has ended. */
	abandon(): void {
		for (const resolve of this.#open.values()) resolve('gone');
	}
}
