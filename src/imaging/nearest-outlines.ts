/** Which prints are worth comparing in full: of each the few whose coarse look is nearest, in one pass over all pairs. */
import { setImmediate } from 'node:timers/promises';
import type { LookPrint } from './look-print.ts';
import { OUTLINE, outlinesOf } from './print-outlines.ts';

export interface Pair {
	/** Places in the list of prints, a < b. */
	readonly a: number;
	readonly b: number;
}

/** Smallest correlation of two outlines; 997 in 1,000 look-alikes have more, shifted ones too. */
const OUTLINES_ALIKE = 0.65;

/** Images compared with all others between two turns of the event loop. */
const BLOCK = 64;

/**
 * Pairs of which either is among the `count` nearest of the other, ordered.
 *
 * @param onProgress is called now and then with how many prints were compared with all others
 */
export async function nearestOutlines(
	prints: readonly LookPrint[],
	count: number,
	onProgress?: (done: number, total: number) => void,
): Promise<Pair[]> {
	const { outlines, rests } = outlinesOf(prints);
	const nearest = prints.map(() => new Nearest(count));
	for (let a = 0; a < prints.length; a++) {
		compare(a, outlines, rests, nearest);
		if (a % BLOCK !== BLOCK - 1) continue;
		onProgress?.(a + 1, prints.length);
		await setImmediate();
	}
	onProgress?.(prints.length, prints.length);
	const kept = nearest.map((each) => new Set(each.list()));
	return kept.flatMap((others, a) =>
		[...others].filter((b) => a < b || !kept[b].has(a)).map((b) => (a < b ? { a, b } : { a: b, b: a })),
	);
}

/** One print with all later ones; most fall out after the first values of the product. */
function compare(a: number, outlines: Float32Array, rests: Float32Array, nearest: readonly Nearest[]): void {
	const { size, head } = OUTLINE;
	const own = outlines.subarray(a * size, (a + 1) * size);
	for (let b = a + 1, at = b * size; b < rests.length; b++, at += size) {
		let product = 0;
		for (let k = 0; k < head; k++) product += own[k] * outlines[at + k];
		// The rest can add no more than the product of its lengths (Cauchy and Schwarz).
		if (product + rests[a] * rests[b] < OUTLINES_ALIKE) continue;
		for (let k = head; k < size; k++) product += own[k] * outlines[at + k];
		if (product < OUTLINES_ALIKE) continue;
		nearest[a].add(b, product);
		nearest[b].add(a, product);
	}
}

/** The nearest few of one print; forgets the others from time to time. */
class Nearest {
	readonly #count: number;
	#found: { readonly index: number; readonly product: number }[] = [];

	constructor(count: number) {
		this.#count = count;
	}

	add(index: number, product: number): void {
		this.#found.push({ index, product });
		if (this.#found.length >= 4 * this.#count) this.#forget();
	}

	list(): number[] {
		this.#forget();
		return this.#found.map(({ index }) => index);
	}

	#forget(): void {
		this.#found.sort((a, b) => b.product - a.product || a.index - b.index);
		this.#found.length = Math.min(this.#found.length, this.#count);
	}
}
