/** Seeded random numbers, so that the same seed gives the same dataset, augmentation and weights. */

/** A small fast generator (sfc32, Chris Doty-Humphrey's PractRand) with a 128-bit state that can be saved. */
export class Random {
	#a: number;
	#b: number;
	#c: number;
	#counter: number;

	/** @param seed any integer; @param stream an independent sequence for the same seed */
	constructor(seed: number, stream = 0) {
		this.#a = seed | 0;
		this.#b = Math.floor(seed / 2 ** 32) | 0;
		this.#c = stream | 0;
		this.#counter = 1;
		for (let i = 0; i < 15; i++) this.#next();
	}

	/** Uniform in [0, 1). */
	uniform(): number {
		return this.#next() / 2 ** 32;
	}

	/** Uniform in [low, high). */
	between(low: number, high: number): number {
		return low + (high - low) * this.uniform();
	}

	/** Uniform integer in [0, n). */
	integer(n: number): number {
		return Math.floor(this.uniform() * n);
	}

	/** True with probability p. */
	chance(p: number): boolean {
		return this.uniform() < p;
	}

	/** One element of a non-empty list. */
	pick<T>(items: readonly T[]): T {
		return items[this.integer(items.length)];
	}

	/** Normal with mean 0 and standard deviation 1 (Box–Muller). */
	normal(): number {
		return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
	}

	/** Shuffles in place (Fisher–Yates) and returns the list. */
	shuffle<T>(items: T[]): T[] {
		for (let i = items.length - 1; i > 0; i--) {
			const j = this.integer(i + 1);
			[items[i], items[j]] = [items[j], items[i]];
		}
		return items;
	}

	/** The state, for a checkpoint. */
	save(): readonly number[] {
		return [this.#a, this.#b, this.#c, this.#counter];
	}

	/** A generator that goes on from a saved state. */
	static restore(state: readonly number[]): Random {
		const random = new Random(0);
		[random.#a, random.#b, random.#c, random.#counter] = state;
		return random;
	}

	#next(): number {
		const t = (this.#a + this.#b + this.#counter) | 0;
		this.#counter = (this.#counter + 1) | 0;
		this.#a = this.#b ^ (this.#b >>> 9);
		this.#b = (this.#c + (this.#c << 3)) | 0;
		this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
		this.#c |= 0;
		return t >>> 0;
	}
}
