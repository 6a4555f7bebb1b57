/** How a value ranks among all values seen so far, kept as counts between fixed cut points: bounded memory, exact ranks. */

export class RankCounts {
	readonly #cutPoints: readonly number[];
	readonly #counts: number[];
	#total: number;

	/**
	 * @param cutPoints ascending, chosen from other values than those counted
	 * @param counts per interval, one more than cut points
	 */
	constructor(cutPoints: readonly number[], counts: readonly number[] = new Array(cutPoints.length + 1).fill(0)) {
		this.#cutPoints = cutPoints;
		this.#counts = [...counts];
		this.#total = counts.reduce((sum, count) => sum + count, 0);
	}

	get counts(): readonly number[] {
		return this.#counts;
	}

	/** Number of the interval that a value falls into: the cut points below it. */
	intervalOf(value: number): number {
		let low = 0;
		let high = this.#cutPoints.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.#cutPoints[middle] < value) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/**
	 * The smoothed conformal p-value of one more value (Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random
	 * World"): its share of lower values, ties broken by chance. If the counted values and this one are exchangeable, it is
	 * uniform on [0,1] and independent of the p-values before it.
	 *
	 * @param chance uniform on [0,1)
	 * @returns strictly between 0 and 1
	 */
	rank(interval: number, chance: number): number {
		let below = 0;
		for (let i = 0; i < interval; i++) below += this.#counts[i];
		return (below + Math.max(chance, Number.EPSILON) * (this.#counts[interval] + 1)) / (this.#total + 1);
	}

	add(interval: number, times = 1): void {
		this.#counts[interval] += times;
		this.#total += times;
	}
}

/** Shares of the bank at which cut points lie. */
const SHARES = [0, 0.01, 0.02, 0.035, ...Array.from({ length: 37 }, (_, i) => 0.05 + 0.025 * i), 0.965, 0.98, 0.99, 1];
/** Cut points beyond the bank, in ranges between its quartiles: values that nobody has seen keep their order. */
const BEYOND = [0.25, 0.5, 1, 2, 4];

/** @param bank values that are not counted themselves; at least one */
export function cutPointsOf(bank: readonly number[]): number[] {
	const sorted = bank.toSorted((a, b) => a - b);
	const at = (share: number) => {
		const place = share * (sorted.length - 1);
		const low = Math.floor(place);
		const next = sorted[Math.min(low + 1, sorted.length - 1)];
		return sorted[low] + (place - low) * (next - sorted[low]);
	};
	const range = at(0.75) - at(0.25);
	const points = [...SHARES.map(at), ...BEYOND.flatMap((times) => [at(0) - times * range, at(1) + times * range])];
	return [...new Set(points.map((point) => Number(point.toPrecision(6))))].sort((a, b) => a - b);
}
