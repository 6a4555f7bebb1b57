/** Notices that an inspector process leaks. */

/** Beside what it used when it was fresh, before it counts as leaking: one that is so large from the start is not replaced for ever. */
const GROWN = 1.25;
/** Beyond its limit by so much it is replaced at once, and not only when nothing is to do. */
const URGENT = 1.5;

export class MemoryWatch {
	readonly #limit: number;
	#fresh: number | undefined;
	#bytes: number | undefined;

	constructor(limitMb: number) {
		this.#limit = limitMb * 2 ** 20;
	}

	/** Resident memory of the process; undefined before it has said so. */
	get bytes(): number | undefined {
		return this.#bytes;
	}

	/** Notes what a process that inspects uses. @returns whether it is to be replaced, given that nothing is to do */
	weigh(bytes: number, idle: boolean): boolean {
		this.#bytes = bytes;
		this.#fresh ??= bytes;
		if (bytes < GROWN * this.#fresh) return false;
		return bytes > URGENT * this.#limit || (bytes > this.#limit && idle);
	}

	/** Another process. */
	reset(): void {
		this.#fresh = undefined;
		this.#bytes = undefined;
	}
}
