/** A float model and calibration images in, the best of several quantized models and a report out. */
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { activationBeforeMoves } from '../graph/passes/activation-before-moves.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import { foldBatchNorm } from '../graph/passes/fold-batch-norm.ts';
import { foldConstants } from '../graph/passes/fold-constants.ts';
import { meanToGlobalAveragePool } from '../graph/passes/mean-to-global-average-pool.ts';
import { splitByTaps } from '../graph/passes/split-by-taps.ts';
import { stridedConvolutionToSpaceToDepth } from '../graph/passes/strided-convolution-to-space-to-depth.ts';
import { transposedConvolutionToDepthToSpace } from '../graph/passes/transposed-convolution-to-depth-to-space.ts';
import { type AuditReport, audit } from './audit.ts';
import { closeness } from './closeness.ts';
import { describeValues, type QuantizedValue } from './describe-values.ts';
import { measureSpeed, type SpeedReport } from './measure-speed.ts';
import { observeValues } from './observe-values.ts';
import { type LeftInFloat, planQuantization } from './plan.ts';
import { type RangeMethod, TRIED_METHODS } from './ranges/index.ts';
import { REPAIR_NAMES, type RepairName } from './repair/names.ts';
import type { Repair } from './repair/repair.ts';
import type { Sample } from './sample.ts';
import { expectRereadable, SampleSplit, type Samples } from './samples.ts';
import {
	type Judge,
	type RangeCandidate,
	type RepairSwitch,
	type RepairTrial,
	searchRanges,
	searchRepairs,
	type Tried,
} from './search.ts';

export interface QuantizationOptions {
	/** Ways to choose ranges; each is tried (default: `TRIED_METHODS`). */
	readonly methods?: readonly RangeMethod[];
	/** By default all are `auto`. Whatever is tried is kept only when it raises the score. */
	readonly repairs?: Readonly<Partial<Record<RepairName, RepairSwitch>>>;
	/** Goes on training with the rounding in the graph; tried when it is given, and kept when it raises the score. */
	readonly fineTuning?: Repair;
	/** Judges a graph on held-out data, larger is better; without it, closeness to the float model decides. */
	readonly score?: (graph: Graph) => Promise<number>;
	/** What `score` gives for the float model, when that is known (default: it is asked). */
	readonly floatScore?: number;
	/**
	 * A score so far below the float model's is good enough to leave expensive repairs out, and so much must be gained by what
	 * costs speed (default 0.002).
	 */
	readonly tolerance?: number;
	/** Threads for calibration and for the speed measurement (default 1). */
	readonly threads?: number;
	/** Paired inferences for the speed measurement; 0 leaves it out (default 30). */
	readonly speedRuns?: number;
	/** Called before the first candidate and after each; `text` says what was tried. */
	readonly onProgress?: (done: number, total: number, text: string) => void;
}

export interface QuantizationReport {
	readonly calibrationImages: number;
	/** Those of them that ranges and repairs did not see, by which closeness was judged; 0 of a single one. */
	readonly heldOutImages: number;
	/** Whether held-out data decided, or closeness to the float model: signal to noise of its outputs in dB. */
	readonly judgedBy: 'held-out score' | 'closeness';
	/** Of the float model; null for closeness, which has no end. */
	readonly floatScore: number | null;
	/** Of the chosen model. */
	readonly score: number;
	readonly chosen: RangeMethod;
	/** Ranges without any repair. */
	readonly candidates: readonly RangeCandidate[];
	/** In the order in which they were tried, each on top of those kept before. */
	readonly repairs: readonly RepairTrial[];
	/** Convolutions kept in float for accuracy, by their outputs. */
	readonly keptInFloat: readonly string[];
	/** One entry a quantized value, in the order of the graph. */
	readonly values: readonly QuantizedValue[];
	readonly inFloat: readonly LeftInFloat[];
	readonly audit: AuditReport;
	readonly speed: SpeedReport | undefined;
}

/** Samples on which candidates are compared and values described, at least, where there are so many. */
const COMPARED = 16;

/** dB of signal to noise from which no expensive repair is tried. */
const CLOSE_ENOUGH = 30;

/** dB that have to be gained by what costs speed. */
const WORTHWHILE = 1;

const TOLERANCE = 0.002;

/**
 * Quantizes a deployed float model for the CPU.
 *
 * The search takes the best ranges without repairs, then climbs the table of repairs and keeps each that raises the
 * score. min-max is among the ranges by default, so by this score no default result is worse than it.
 *
 * @param graph takes raw images, or the tensors that the samples hold
 * @param samples to calibrate on; read once, and again by repairs that change the float graph. Without a score, every fourth
 *   is held out to judge by
 */
export async function quantizeModel(
	graph: Graph,
	samples: Samples,
	options: QuantizationOptions = {},
): Promise<{ graph: Graph; report: QuantizationReport }> {
	const { methods = TRIED_METHODS, repairs: switches = {}, threads = 1, speedRuns: runs = 30 } = options;
	expectRereadable(samples);
	const float = prepareForCpu(graph);
	const split = new SampleSplit(samples, COMPARED, options.score === undefined);
	const trials = methods.length + REPAIR_NAMES.length + (options.fineTuning ? 1 : 0);
	const progress = counter(trials, options.onProgress);
	const observed = await observeValues(float, split, [...planQuantization(float).integers], threads);
	const some = split.fitted;
	const judge: Judge = options.score ?? ((quantized) => closeness(float, quantized, split.judging));
	const floatScore = options.score ? (options.floatScore ?? (await options.score(float))) : null;
	const wanted = floatScore === null ? CLOSE_ENOUGH : floatScore - (options.tolerance ?? TOLERANCE);
	const worthwhile = floatScore === null ? WORTHWHILE : (options.tolerance ?? TOLERANCE);
	const plain = { float, keptInFloat: new Set<string>(), observed, corrections: {} };
	const ranges = await searchRanges(plain, methods, judge, progress);
	const { best, trials: repairs } = await searchRepairs(
		ranges.best,
		switches,
		{ samples: split, some, threads, wanted, worthwhile },
		judge,
		progress,
		options.fineTuning,
	);
	const bytes = encodeModel(best.quantized.graph);
	return {
		graph: best.quantized.graph,
		report: {
			calibrationImages: split.count,
			heldOutImages: split.heldOutCount,
			judgedBy: options.score ? 'held-out score' : 'closeness',
			floatScore,
			candidates: ranges.candidates,
			repairs,
			...(await describe(best, some)),
			audit: await audit(bytes),
			speed: runs > 0 ? await measureSpeed(encodeModel(graph), bytes, { threads, runs, sample: some[0] }) : undefined,
		},
	};
}

const FIRST = [foldConstants, foldBatchNorm, meanToGlobalAveragePool, transposedConvolutionToDepthToSpace];
const LAST = [activationBeforeMoves, stridedConvolutionToSpaceToDepth, dropDeadNodes];

/** The exact rewrites that quantization builds on: constants, batch normalisation, transposed convolutions. */
export function prepareForQuantization(graph: Graph): Graph {
	return rewritten(graph, [...FIRST, ...LAST]);
}

/** The same for the CPU, which gains by every product that it need not compute. */
export function prepareForCpu(graph: Graph): Graph {
	return rewritten(graph, [...FIRST, splitByTaps, ...LAST]);
}

function rewritten(graph: Graph, passes: readonly ((graph: Graph) => { graph: Graph })[]): Graph {
	return passes.reduce((current, pass) => pass(current).graph, graph);
}

async function describe({ recipe, quantized, score }: Tried, samples: readonly Sample[]) {
	const { float, keptInFloat, observed, how } = recipe;
	const plan = planQuantization(float, keptInFloat);
	return {
		score,
		chosen: how,
		keptInFloat: [...keptInFloat],
		values: await describeValues(float, plan, quantized, observed, samples),
		inFloat: plan.inFloat,
	};
}

function counter(total: number, onProgress: QuantizationOptions['onProgress']): (text: string) => void {
	let done = 0;
	onProgress?.(0, total, 'calibrating');
	return (text) => onProgress?.(++done, total, text);
}
