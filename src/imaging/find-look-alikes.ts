/** Finds the images of a set that show the same thing: other exposures, copies, crops a little beside. */
import { setImmediate } from 'node:timers/promises';
import type { LookPrint } from './look-print.ts';
import { nearestOutlines } from './nearest-outlines.ts';
import { printSimilarity } from './print-similarity.ts';

export interface LookAlike {
	/** Places in the list of prints, a < b. */
	readonly a: number;
	readonly b: number;
	/** See {@link printSimilarity}. */
	readonly similarity: number;
}

export interface FindOptions {
	/** Smallest similarity of a pair; {@link ALIKE} by default. */
	readonly threshold?: number;
	/** Called now and then with how many images were compared with all others. */
	readonly onProgress?: (done: number, total: number) => void;
}

/** Above it two images of one thing, below it hardly ever: chosen on exposures of tiles whose frame numbers tell the truth. */
export const ALIKE = 0.78;

/** So alike are only images of one thing, however alike all things of the set are. */
const SURELY = 0.97;

/**
 * What else resembles an image as much as a look-alike does: its neighbour of this rank. Things of one kind in one
 * fixture have as many such neighbours as there are things, exposures of one thing only a few. A small set has fewer
 * neighbours to tell by: an eighth of its images.
 */
const RANK = { most: 12, least: 6 } as const;

/** How far a look-alike stands out from that neighbour, in Fisher's z (the inverse hyperbolic tangent of a correlation). */
const STANDS_OUT = 0.45;

/** Neighbours whose prints are compared in full, of each image. */
const NEIGHBOURS = 40;

/** Pairs compared between two turns of the event loop. */
const BLOCK = 500;

/**
 * All pairs of at least the threshold that stand out from what resembles the two anyway, most alike first.
 *
 * Exposures of one thing are found whatever their light, and crops up to 6 % beside; more than a dozen images of one
 * thing only where they are alike by 0.97.
 */
export async function findLookAlikes(prints: readonly LookPrint[], options: FindOptions = {}): Promise<LookAlike[]> {
	const { threshold = ALIKE, onProgress } = options;
	const candidates = await nearestOutlines(prints, NEIGHBOURS, onProgress);
	const pairs: LookAlike[] = [];
	const similarities = prints.map((): number[] => []);
	for (const [i, { a, b }] of candidates.entries()) {
		const similarity = printSimilarity(prints[a], prints[b]);
		similarities[a].push(similarity);
		similarities[b].push(similarity);
		if (similarity >= threshold) pairs.push({ a, b, similarity });
		if (i % BLOCK === BLOCK - 1) await setImmediate();
	}
	const rank = Math.max(RANK.least, Math.min(RANK.most, Math.floor(prints.length / 8)));
	const usual = similarities.map((of) => of.toSorted((p, q) => q - p)[rank - 1] ?? 0);
	return pairs
		.filter(({ a, b, similarity }) => similarity >= SURELY || standsOut(similarity, usual[a], usual[b]))
		.sort((p, q) => q.similarity - p.similarity || p.a - q.a || p.b - q.b);
}

function standsOut(similarity: number, usualOfA: number, usualOfB: number): boolean {
	return Math.atanh(similarity) - Math.atanh(Math.min(usualOfA, usualOfB)) >= STANDS_OUT;
}
