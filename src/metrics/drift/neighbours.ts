/** Whether a part resembles the one before it: then parts are not exchangeable, and no rate of false alarms can be stated. */

/** Parts over which the memory fades. */
const MEMORY = 1000;
/** Parts before anything is said: a correlation of nothing is then within 0.15 with odds of 1000 to 1. */
const LEAST = 500;

export interface NeighboursState {
	readonly n: number;
	readonly last: number;
	readonly mean: number;
	readonly square: number;
	readonly product: number;
}

/** Correlation of each value with the one before it, over the last thousand or so. */
export class Neighbours {
	#state: NeighboursState;

	constructor(state: NeighboursState = { n: 0, last: 0, mean: 0, square: 1, product: 0 }) {
		this.#state = state;
	}

	/** @param z of a standard normal distribution, when nothing has changed */
	add(z: number): void {
		const { n, last, mean, square, product } = this.#state;
		// A plain mean at first, which then fades.
		const weight = 1 / Math.min(n + 1, MEMORY);
		this.#state = {
			n: n + 1,
			last: z,
			mean: mean + weight * (z - mean),
			square: square + weight * (z * z - square),
			product: n === 0 ? 0 : product + weight * (z * last - product),
		};
	}

	get correlation(): number | undefined {
		const { n, mean, square, product } = this.#state;
		if (n < LEAST) return undefined;
		return (product - mean * mean) / Math.max(square - mean * mean, 1e-9);
	}

	state(): NeighboursState {
		return this.#state;
	}
}
