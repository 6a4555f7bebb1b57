/** What another threshold would do to parts that were scored already: one function for the console and the command line. */
import type { Rate } from './operating-point.ts';
import { rateOf } from './operating-points/share-flagged.ts';

/** Scores of parts, one per part, apart by what is known of them. */
export interface RecordedScores {
	readonly defective: readonly number[];
	readonly sound: readonly number[];
	/** Of parts whose truth nobody knows: most of those on a line. */
	readonly unknown?: readonly number[];
}

export interface WhatIfOptions {
	/** Scores in [threshold − below, threshold + above) go to a person instead. */
	readonly holdBand?: { readonly below: number; readonly above: number };
	/** Share of defective parts on the line, to weigh the two kinds with; the mix of these parts counts if absent. */
	readonly defectRate?: number;
}

/** Shares with 95 % intervals that hold for all thresholds at once, so that one may choose by them. */
export interface WhatIf {
	readonly threshold: number;
	/** Of all parts: rejected, and held for a person. Undefined where there are no parts, as below. */
	readonly rejects?: Rate;
	readonly reviews?: Rate;
	/** Of defective parts: those that pass. */
	readonly misses?: Rate;
	/** Of sound parts: those that are rejected, and those that are held. */
	readonly falseRejects?: Rate;
	readonly falseReviews?: Rate;
	/** What the shares of all parts are of: these parts as they came, or a line with that share of defective ones. */
	readonly defectRate: number | 'as-recorded';
	readonly n: { readonly defective: number; readonly sound: number; readonly unknown: number };
}

/** The verdicts follow from the score alone; rules that look at single defects may reject more. */
export function whatIf(scores: RecordedScores, threshold: number, options: WhatIfOptions = {}): WhatIf {
	const { defective, sound, unknown = [] } = scores;
	const { defectRate } = options;
	const count = (of: readonly number[]) => countVerdicts(of, threshold, options);
	const [bad, good, other] = [defective, sound, unknown].map(count);
	const all = add(add(bad, good), other);
	const load =
		defectRate === undefined
			? { rejects: rateOf(all.rejected, all.n, 'threshold'), reviews: rateOf(all.held, all.n, 'band') }
			: { rejects: weigh(bad, good, 'rejected', defectRate), reviews: weigh(bad, good, 'held', defectRate) };
	return {
		threshold,
		...load,
		misses: rateOf(bad.passed, bad.n, 'threshold'),
		falseRejects: rateOf(good.rejected, good.n, 'threshold'),
		falseReviews: rateOf(good.held, good.n, 'band'),
		defectRate: defectRate ?? 'as-recorded',
		n: { defective: bad.n, sound: good.n, unknown: other.n },
	};
}

/** A threshold among others, and the scores that all of them cut. */
export interface Comparison {
	/** Lowest threshold first. */
	readonly rows: readonly WhatIf[];
	/** Parts in bins of equal width from 0 to 1. */
	readonly histogram: Readonly<Record<'sound' | 'defective' | 'unknown', readonly number[]>>;
}

/** Compares a threshold with those that flag a few of the recorded parts more or fewer. */
export function compareThresholds(scores: RecordedScores, threshold: number, options: WhatIfOptions = {}): Comparison {
	const { sound, defective, unknown = [] } = scores;
	return {
		rows: thresholdsAround(scores, threshold).map((other) => whatIf(scores, other, options)),
		histogram: { sound: countBins(sound), defective: countBins(defective), unknown: countBins(unknown) },
	};
}

const BINS = 60;

function countBins(scores: readonly number[]): readonly number[] {
	const counts = new Array<number>(BINS).fill(0);
	for (const score of scores) counts[Math.min(BINS - 1, Math.floor(score * BINS))]++;
	return counts;
}

/** How many distinct scores further up and down the compared thresholds lie. */
const OFFSETS = [1, 3, 10, 30, 100];

/** Lowest first, the threshold itself included. */
function thresholdsAround(scores: RecordedScores, threshold: number): readonly number[] {
	const distinct = new Set([...scores.defective, ...scores.sound, ...(scores.unknown ?? [])]);
	const levels = [...distinct].sort((a, b) => a - b);
	const at = levels.findIndex((score) => score >= threshold);
	const here = at === -1 ? levels.length : at;
	const below = OFFSETS.map((offset) => levels[here - offset]);
	const above = OFFSETS.map((offset) => levels[here + offset]);
	const chosen = [...below, ...above].filter((level) => level !== undefined && level !== threshold);
	return [threshold, ...chosen].sort((a, b) => a - b);
}

interface Verdicts {
	readonly passed: number;
	readonly held: number;
	readonly rejected: number;
	readonly n: number;
}

function countVerdicts(scores: readonly number[], threshold: number, { holdBand }: WhatIfOptions): Verdicts {
	const { below = 0, above = 0 } = holdBand ?? {};
	const passed = scores.filter((score) => score < threshold - below).length;
	const rejected = scores.filter((score) => score >= threshold + above).length;
	return { passed, rejected, held: scores.length - passed - rejected, n: scores.length };
}

function add(a: Verdicts, b: Verdicts): Verdicts {
	return { passed: a.passed + b.passed, held: a.held + b.held, rejected: a.rejected + b.rejected, n: a.n + b.n };
}

/** Each kind's interval is taken so that both hold at once with 95 %. */
function weigh(bad: Verdicts, good: Verdicts, what: 'rejected' | 'held', defectRate: number): Rate | undefined {
	const chosen = what === 'held' ? 'band' : 'threshold';
	const [of, from] = [rateOf(bad[what], bad.n, chosen, 2), rateOf(good[what], good.n, chosen, 2)];
	if (!of || !from) return undefined;
	const mix = (pick: 'rate' | 'low' | 'high') => defectRate * of[pick] + (1 - defectRate) * from[pick];
	return { rate: mix('rate'), low: mix('low'), high: mix('high'), n: bad.n + good.n, interval: 'simultaneous' };
}
