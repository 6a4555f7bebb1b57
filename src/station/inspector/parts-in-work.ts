/** Parts of one camera between their trigger and their verdict, and the requests that parts are to answer. */
import type { AndonError } from '../../base/errors.ts';
import type { AcquiredShot } from './messages.ts';

interface Asked {
	resolve(shot: AcquiredShot): void;
	reject(why: AndonError): void;
}

export class PartsInWork {
	readonly #shots = new Map<number, AcquiredShot>();
	readonly #asked = new Map<string, Asked>();
	#lastAt = 0;

	get count(): number {
		return this.#shots.size;
	}

	/** None in work, and none came for so many milliseconds. */
	isIdle(ms: number): boolean {
		return this.#shots.size === 0 && performance.now() - this.#lastAt > ms;
	}

	/** @returns the part that answers the request, once it is named @throws the reason for which it was refused */
	ask(trigger: string): Promise<AcquiredShot> {
		return new Promise((resolve, reject) => this.#asked.set(trigger, { resolve, reject }));
	}

	refuse(trigger: string, why: AndonError): void {
		this.#asked.get(trigger)?.reject(why);
		this.#asked.delete(trigger);
	}

	begin(shot: AcquiredShot): void {
		this.#shots.set(shot.sequence, shot);
		this.#lastAt = performance.now();
		if (shot.trigger === undefined) return;
		this.#asked.get(shot.trigger)?.resolve(shot);
		this.#asked.delete(shot.trigger);
	}

	/** @throws TypeError when it is not in work */
	finish(sequence: number): AcquiredShot {
		const shot = this.#shots.get(sequence);
		if (!shot) throw new TypeError(`a result of part ${sequence}, which is not in work`);
		this.#shots.delete(sequence);
		return shot;
	}

	/** Their process is gone. @returns the parts that will have no result */
	lose(why: AndonError): readonly AcquiredShot[] {
		const shots = [...this.#shots.values()];
		this.#shots.clear();
		for (const trigger of [...this.#asked.keys()]) this.refuse(trigger, why);
		return shots;
	}
}
