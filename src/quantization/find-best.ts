/** Calibrates a float graph and looks for the best that a target can make of it: ranges, then repairs. */
import type { Graph } from '../graph/graph.ts';
import { closeness } from './closeness.ts';
import { observeValues } from './observe-values.ts';
import { type RangeMethod, TRIED_METHODS } from './ranges/index.ts';
import { REPAIRS } from './repair/index.ts';
import { REPAIR_NAMES, type RepairName } from './repair/names.ts';
import { type Bench, build, type Recipe, type Repair } from './repair/repair.ts';
import type { Sample } from './sample.ts';
import { expectRereadable, SampleSplit, type Samples } from './samples.ts';
import type { Scheme } from './scheme.ts';
import {
	FINE_TUNING,
	type Judge,
	type RangeCandidate,
	type RepairSwitch,
	type RepairTrial,
	searchRanges,
	searchRepairs,
	type Tried,
} from './search.ts';

export interface SearchOptions {
	/** Ways to choose ranges; each is tried (default: `TRIED_METHODS`). */
	readonly methods?: readonly RangeMethod[];
	/** By default all are `auto`. Whatever is tried is kept only when it raises the score. */
	readonly repairs?: Readonly<Partial<Record<RepairName, RepairSwitch>>>;
	/** Judges a graph on held-out data, larger is better; without it, closeness to the float model decides. */
	readonly score?: (graph: Graph) => Promise<number>;
	/** What `score` gives for the float model, when that is known (default: it is asked). */
	readonly floatScore?: number;
	/**
	 * A score so far below the float model's is good enough to leave expensive repairs out, and so much must be gained by what
	 * costs speed (default 0.002).
	 */
	readonly tolerance?: number;
	/** Threads for calibration (default 1). */
	readonly threads?: number;
	/** Called before the first candidate and after each; `text` says what was tried. */
	readonly onProgress?: (done: number, total: number, text: string) => void;
}

/** How a model was chosen. */
export interface SearchReport {
	readonly calibrationImages: number;
	/** Those of them that ranges and repairs did not see, by which closeness was judged; 0 of a single one. */
	readonly heldOutImages: number;
	/** Whether held-out data decided, or closeness to the float model: signal to noise of its outputs in dB. */
	readonly judgedBy: 'held-out score' | 'closeness';
	/** Of the float model; null for closeness, which has no end. */
	readonly floatScore: number | null;
	/** Of the chosen model (where images were held out: before it was fitted to those as well). */
	readonly score: number;
	readonly chosen: RangeMethod;
	/** Ranges without any repair. */
	readonly candidates: readonly RangeCandidate[];
	/** In the order in which they were tried, each on top of those kept before. */
	readonly repairs: readonly RepairTrial[];
	/** Convolutions kept in float for accuracy, by their outputs. */
	readonly keptInFloat: readonly string[];
}

export interface Best {
	readonly tried: Tried;
	readonly report: SearchReport;
	/** Some of the samples that it was fitted to, spread evenly. */
	readonly some: readonly Sample[];
}

/** Samples on which candidates are compared and values described, at least, where there are so many. */
const COMPARED = 16;

/** dB of signal to noise from which no expensive repair is tried. */
const CLOSE_ENOUGH = 30;

/** dB that have to be gained by what costs speed. */
const WORTHWHILE = 1;

const TOLERANCE = 0.002;

/**
 * The best ranges without repairs, then the table of repairs, each kept that raises the score. min-max is among the ranges
 * by default, so by this score no default result is worse than it.
 *
 * @param float rewritten for the target already
 * @param samples read once, and again by repairs that change the float graph. Without a score, every fourth is held out to
 *   judge by; what was chosen is then fitted to all of them
 * @param fineTuning one more repair, which is always tried
 */
export async function findBest(
	float: Graph,
	scheme: Scheme,
	samples: Samples,
	options: SearchOptions,
	fineTuning?: Repair,
): Promise<Best> {
	const { methods = TRIED_METHODS, repairs: switches = {}, threads = 1 } = options;
	expectRereadable(samples);
	const split = new SampleSplit(samples, COMPARED, options.score === undefined);
	const progress = counter(methods.length + REPAIR_NAMES.length + (fineTuning ? 1 : 0), options.onProgress);
	const keptInFloat = new Set<string>();
	const observed = await observeValues(float, split, [...scheme.plan(float, keptInFloat).observed], threads);
	const judge: Judge = options.score ?? ((quantized) => closeness(float, quantized, split.judging));
	const floatScore = options.score ? (options.floatScore ?? (await options.score(float))) : null;
	const tolerance = options.tolerance ?? TOLERANCE;
	const wanted = floatScore === null ? CLOSE_ENOUGH : floatScore - tolerance;
	const worthwhile = floatScore === null ? WORTHWHILE : tolerance;
	const plain = { scheme, float, keptInFloat, observed, corrections: {} };
	const ranges = await searchRanges(plain, methods, judge, progress);
	const bench = { samples: split, some: split.fitted, threads, wanted, worthwhile };
	const { best, trials } = await searchRepairs(ranges.best, switches, bench, judge, progress, fineTuning);
	const everything = { ...bench, samples: split.all, some: [...split.fitted, ...split.judging] };
	const tried = split.heldOutCount > 0 ? await refit(float, best, trials, everything) : best;
	const report: SearchReport = {
		calibrationImages: split.count,
		heldOutImages: split.heldOutCount,
		judgedBy: options.score ? 'held-out score' : 'closeness',
		floatScore,
		score: best.score,
		chosen: best.recipe.how,
		candidates: ranges.candidates,
		repairs: trials,
		keptInFloat: [...best.recipe.keptInFloat],
	};
	return { tried, report, some: everything.some };
}

/** The same ranges and repairs from all samples. */
async function refit(
	float: Graph,
	best: Tried,
	trials: readonly RepairTrial[],
	bench: Omit<Bench, 'score'>,
): Promise<Tried> {
	const { scheme, how, keptInFloat } = best.recipe;
	const plan = scheme.plan(float, new Set());
	const observed = await observeValues(float, bench.samples, [...plan.observed], bench.threads);
	let recipe: Recipe = { scheme, float, keptInFloat: new Set(), observed, how, corrections: {} };
	for (const { repair, outcome } of trials) {
		// Which layers stay in float was chosen; it is not fitted.
		if (outcome !== 'kept' || repair === 'keep-in-float' || repair === FINE_TUNING) continue;
		const result = await REPAIRS[repair].apply(recipe, { ...bench, score: async () => best.score });
		if (!('nothing' in result)) recipe = result.recipe;
	}
	const whole = { ...recipe, keptInFloat };
	return { recipe: whole, built: build(whole), score: best.score };
}

function counter(total: number, onProgress: SearchOptions['onProgress']): (text: string) => void {
	let done = 0;
	onProgress?.(0, total, 'calibrating');
	return (text) => onProgress?.(++done, total, text);
}
