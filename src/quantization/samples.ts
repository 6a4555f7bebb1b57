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

	/** The same items in the same order. */
	async *passing(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
		for await (const item of items) {
			this.#add(item);
			yield item;
		}
	}

	#add(item: T): void {
		if (this.count++ % this.#stride !== 0) return;
		this.kept.push(item);
		if (this.kept.length < 2 * this.#size) return;
		this.kept = this.kept.filter((_, i) => i % 2 === 0);
		this.#stride *= 2;
	}
}
