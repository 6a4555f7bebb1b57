/** Chooses a correction of expected IoU on labelled images that were not trained on, by cross-validation over parts. */
import { Random } from '../../base/random.ts';
import { correctIou, type IouCorrection, type IouCorrectionMethod, type IouKnot } from './iou-correction.ts';
import type { IouPair } from './mask-ious.ts';

export interface FittedIouCorrection extends IouCorrection {
	/** Images, and the parts that they show: exposures of one part are never both fitted and judged by. */
	readonly n: number;
	readonly parts: number;
	/** Cross-validated root mean squared error of every candidate, parts counting alike; `none` leaves expected IoU as it is. */
	readonly errors: Readonly<Record<string, number>>;
}

/** With fewer parts a curve would follow single parts. */
const FEWEST_PARTS = 10;
const FOLDS = 10;

/** Simplest first. */
const CANDIDATES: Readonly<Record<IouCorrectionMethod, (pairs: readonly IouPair[]) => readonly IouKnot[]>> = {
	shift: (pairs) => straight(1, average(pairs.map(({ measured, expected }) => measured - expected))),
	line: leastSquares,
	isotonic,
};

/** @returns undefined when there are too few parts to choose on, or when no candidate is clearly better than no correction */
export function fitIouCorrection(pairs: readonly IouPair[]): FittedIouCorrection | undefined {
	const folds = foldsOf(pairs);
	const parts = folds.flat().length;
	if (parts < FEWEST_PARTS) return undefined;
	const squares = {
		none: crossValidated(folds, () => straight(1, 0)),
		shift: crossValidated(folds, CANDIDATES.shift),
		line: crossValidated(folds, CANDIDATES.line),
		isotonic: crossValidated(folds, CANDIDATES.isotonic),
	};
	const method = simplestOfTheBest(squares);
	if (method === 'none') return undefined;
	const errors = Object.fromEntries(Object.entries(squares).map(([name, of]) => [name, Math.sqrt(average(of))]));
	return { method, knots: CANDIDATES[method](pairs), n: pairs.length, parts, errors };
}

type Parts = readonly (readonly IouPair[])[];

/** Parts dealt out in an order that names have no part in; always the same one. */
function foldsOf(pairs: readonly IouPair[]): readonly Parts[] {
	const groups = [...Map.groupBy(pairs, ({ group }) => group)].toSorted(([a], [b]) => (a < b ? -1 : 1));
	const shuffled = new Random(0).shuffle(groups.map(([, members]) => members));
	return Array.from({ length: FOLDS }, (_, fold) => shuffled.filter((_, i) => i % FOLDS === fold));
}

/** Each part's mean squared error, under a curve fitted on the other folds. */
function crossValidated(folds: readonly Parts[], knotsOf: (pairs: readonly IouPair[]) => readonly IouKnot[]): number[] {
	return folds.flatMap((judged) => {
		const knots = knotsOf(folds.filter((fold) => fold !== judged).flat(2));
		return judged.map((part) =>
			average(part.map(({ expected, measured }) => (correctIou(expected, { knots }) - measured) ** 2)),
		);
	});
}

/**
 * The first that is not worse than the best by more than one standard error of their difference, part by part (the
 * one-standard-error rule: Breiman et al. 1984, Classification and Regression Trees, 3.4.3, here on paired differences).
 */
function simplestOfTheBest<Name extends string>(squares: Readonly<Record<Name, readonly number[]>>): Name {
	const names = Object.keys(squares) as Name[];
	const best = squares[names.reduce((a, b) => (average(squares[b]) < average(squares[a]) ? b : a))];
	return names.find((name) => {
		const differences = squares[name].map((square, i) => square - best[i]);
		const mean = average(differences);
		const variance = average(differences.map((difference) => (difference - mean) ** 2));
		return mean <= Math.sqrt(variance / (differences.length - 1));
	})!;
}

/** measured ≈ slope · expected + offset, the slope not below 0. */
function leastSquares(pairs: readonly IouPair[]): readonly IouKnot[] {
	const x = average(pairs.map(({ expected }) => expected));
	const y = average(pairs.map(({ measured }) => measured));
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

function average(values: readonly number[]): number {
	return values.reduce((a, b) => a + b, 0) / values.length;
}
