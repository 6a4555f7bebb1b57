/** Chooses a correction of expected IoU on labelled images that were not trained on, by cross-validation over parts. */
import { Random } from '../../base/random.ts';
import { correctIou, type IouCorrection, type IouCorrectionMethod, type IouKnot } from './iou-correction.ts';
import type { IouPair } from './mask-ious.ts';

export interface FittedIouCorrection extends IouCorrection {
	/** Images, and the parts that they show: exposures of one part are never both fitted and judged by. */
	readonly n: number;
	readonly parts: number;
	/** Cross-validated root mean squared error of every candidate; `none` leaves expected IoU as it is. */
	readonly errors: Readonly<Record<'none' | IouCorrectionMethod, number>>;
}

/** With fewer parts a curve would follow single parts. */
const FEWEST_PARTS = 10;
const FOLDS = 10;

/** The candidates, simplest first: of equals the first is taken. */
const CANDIDATES: Readonly<Record<IouCorrectionMethod, (pairs: readonly IouPair[]) => readonly IouKnot[]>> = {
	shift: (pairs) => straight(1, mean(pairs, 'measured') - mean(pairs, 'expected')),
	line: leastSquares,
	isotonic,
};

/** @returns undefined when there are too few parts to choose on, or when no candidate errs less than no correction */
export function fitIouCorrection(pairs: readonly IouPair[]): FittedIouCorrection | undefined {
	const parts = new Set(pairs.map(({ group }) => group)).size;
	if (parts < FEWEST_PARTS) return undefined;
	const folds = foldsOf(pairs);
	const errorOf = (knotsOf: (pairs: readonly IouPair[]) => readonly IouKnot[]) => crossValidated(folds, knotsOf);
	const names = Object.keys(CANDIDATES) as IouCorrectionMethod[];
	const errors = Object.fromEntries(names.map((name) => [name, errorOf(CANDIDATES[name])]));
	const none = errorOf(() => straight(1, 0));
	const method = names.reduce((best, name) => (errors[name] < errors[best] ? name : best));
	if (errors[method] >= none) return undefined;
	const known = { none, ...errors } as FittedIouCorrection['errors'];
	return { method, knots: CANDIDATES[method](pairs), n: pairs.length, parts, errors: known };
}

/** Parts dealt out in an order that names have no part in; always the same one. */
function foldsOf(pairs: readonly IouPair[]): readonly (readonly IouPair[])[] {
	const groups = [...Map.groupBy(pairs, ({ group }) => group)].toSorted(([a], [b]) => (a < b ? -1 : 1));
	const shuffled = new Random(0).shuffle(groups.map(([, members]) => members));
	const count = Math.min(FOLDS, shuffled.length);
	return Array.from({ length: count }, (_, fold) => shuffled.filter((_, i) => i % count === fold).flat());
}

function crossValidated(
	folds: readonly (readonly IouPair[])[],
	knotsOf: (pairs: readonly IouPair[]) => readonly IouKnot[],
): number {
	const squares = folds.flatMap((judged) => {
		const knots = knotsOf(folds.filter((fold) => fold !== judged).flat());
		return judged.map(({ expected, measured }) => (correctIou(expected, { knots }) - measured) ** 2);
	});
	return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
}

/** measured ≈ slope · expected + offset, the slope not below 0. */
function leastSquares(pairs: readonly IouPair[]): readonly IouKnot[] {
	const [x, y] = [mean(pairs, 'expected'), mean(pairs, 'measured')];
	let together = 0;
	let alone = 0;
	for (const { expected, measured } of pairs) {
		together += (expected - x) * (measured - y);
		alone += (expected - x) ** 2;
	}
	const slope = alone === 0 ? 0 : Math.max(0, together / alone);
	return straight(slope, y - slope * x);
}

/** A straight line, cut off at 0 and 1, as knots. */
function straight(slope: number, offset: number): readonly IouKnot[] {
	const bends = slope === 0 ? [] : [-offset / slope, (1 - offset) / slope];
	const places = [0, ...bends.filter((x) => x > 0 && x < 1), 1].toSorted((a, b) => a - b);
	const knots = places.map((x) => ({ expected: x, corrected: Math.min(1, Math.max(0, slope * x + offset)) }));
	return knots.filter(({ expected }, i) => i === 0 || expected > knots[i - 1].expected);
}

interface Block {
	from: number;
	to: number;
	sum: number;
	n: number;
}

/**
 * The rising steps with the least squared error (pool adjacent violators: Ayer et al. 1955,
 * https://doi.org/10.1214/aoms/1177728423), joined by straight lines.
 */
function isotonic(pairs: readonly IouPair[]): readonly IouKnot[] {
	const blocks: Block[] = [];
	const byExpected = Map.groupBy(pairs, ({ expected }) => expected);
	for (const [expected, equal] of [...byExpected].toSorted(([a], [b]) => a - b)) {
		const sum = equal.reduce((total, { measured }) => total + measured, 0);
		let block: Block = { from: expected, to: expected, sum, n: equal.length };
		while (blocks.length > 0 && meanOf(blocks.at(-1)!) >= meanOf(block)) {
			const before = blocks.pop()!;
			block = { from: before.from, to: block.to, sum: before.sum + block.sum, n: before.n + block.n };
		}
		blocks.push(block);
	}
	return blocks.flatMap((block) => {
		const corrected = meanOf(block);
		const ends = block.from === block.to ? [block.from] : [block.from, block.to];
		return ends.map((expected) => ({ expected, corrected }));
	});
}

function meanOf({ sum, n }: Block): number {
	return sum / n;
}

function mean(pairs: readonly IouPair[], key: 'expected' | 'measured'): number {
	return pairs.reduce((sum, pair) => sum + pair[key], 0) / pairs.length;
}
