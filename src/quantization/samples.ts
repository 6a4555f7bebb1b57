/** Calibration data as a stream: read one by one, more than once, never all in memory. */
import type { Sample } from './sample.ts';

/** An array, or anything whose iterator starts anew each time. */
export type Samples = Iterable<Sample> | AsyncIterable<Sample>;

/** @throws TypeError for a generator, which can be read only once */
export function expectRereadable(samples: Samples): void {
	const iterator =
		Symbol.asyncIterator in samples
			? samples[Symbol.asyncIterator]()
			: (samples as Iterable<Sample>)[Symbol.iterator]();
	if ((iterator as unknown) === samples)
		throw new TypeError('calibration samples are read several times: give an array or an object that iterates anew');
}

/** Of so many samples, the second is held out. */
const HELD_OUT_OF = 4;

/**
 * Calibration samples in two parts: what a model is fitted to, which is what iterating gives, and what judges how close it
 * stays, which it must not have seen. The counts and choices are known after the first iteration.
 */
export class SampleSplit implements AsyncIterable<Sample> {
	/** Both parts. */
	readonly all: Samples;
	readonly #holdsOut: boolean;
	readonly #fitted: EvenChoice<Sample>;
	readonly #heldOut: EvenChoice<Sample>;
	#isKnown = false;

	/**
	 * @param size samples of each part that are kept, at least, where there are so many
	 * @param holdsOut whether there is a second part at all
	 */
	constructor(samples: Samples, size: number, holdsOut: boolean) {
		this.all = samples;
		this.#holdsOut = holdsOut;
		this.#fitted = new EvenChoice(size);
		this.#heldOut = new EvenChoice(size);
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<Sample> {
		const isFirst = !this.#isKnown;
		let index = 0;
		for await (const sample of this.all) {
			const isHeldOut = this.#holdsOut && index++ % HELD_OUT_OF === 1;
			if (isFirst) (isHeldOut ? this.#heldOut : this.#fitted).add(sample);
			if (!isHeldOut) yield sample;
		}
		this.#isKnown = true;
	}

	get count(): number {
		return this.#fitted.count + this.#heldOut.count;
	}

	get heldOutCount(): number {
		return this.#heldOut.count;
	}

	/** Some of what is fitted to, spread evenly. */
	get fitted(): readonly Sample[] {
		return this.#fitted.kept;
	}

	/** Some of what is held out; of a single sample, that one. */
	get judging(): readonly Sample[] {
		return this.#heldOut.count > 0 ? this.#heldOut.kept : this.#fitted.kept;
	}
}

/** Keeps some of a stream of unknown length, spread evenly over it. */
export class EvenChoice<T> {
	/** At least `size` items once there were as many, fewer than twice `size`. */
	kept: T[] = [];
	count = 0;
	readonly #size: number;
	#stride = 1;

	constructor(size: number) {
		this.#size = size;
	}

	add(item: T): void {
		if (this.count++ % this.#stride !== 0) return;
		this.kept.push(item);
		if (this.kept.length < 2 * this.#size) return;
		this.kept = this.kept.filter((_, i) => i % 2 === 0);
		this.#stride *= 2;
	}
}
