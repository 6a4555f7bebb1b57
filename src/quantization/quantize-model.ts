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
import { cpuScheme } from './cpu-scheme.ts';
import { describeValues, type QuantizedValue } from './describe-values.ts';
import { findBest, type SearchOptions, type SearchReport } from './find-best.ts';
import { measureSpeed, type SpeedReport } from './measure-speed.ts';
import { type LeftInFloat, planQuantization } from './plan.ts';
import type { Recipe, Repair } from './repair/repair.ts';
import type { Sample } from './sample.ts';
import type { Samples } from './samples.ts';

export interface QuantizationOptions extends SearchOptions {
	/** Goes on training with the rounding in the graph; tried when it is given, and kept when it raises the score. */
	readonly fineTuning?: Repair;
	/** Paired inferences for the speed measurement, on as many threads as calibration has; 0 leaves it out (default 30). */
	readonly speedRuns?: number;
}

export interface QuantizationReport extends SearchReport {
	/** One entry a quantized value, in the order of the graph. */
	readonly values: readonly QuantizedValue[];
	readonly inFloat: readonly LeftInFloat[];
	readonly audit: AuditReport;
	readonly speed: SpeedReport | undefined;
}

/**
 * Quantizes a deployed float model for the CPU.
 *
 * @param graph takes raw images, or the tensors that the samples hold
 * @param samples to calibrate on
 */
export async function quantizeModel(
	graph: Graph,
	samples: Samples,
	options: QuantizationOptions = {},
): Promise<{ graph: Graph; report: QuantizationReport }> {
	const { threads = 1, speedRuns: runs = 30 } = options;
	const best = await findBest(prepareForCpu(graph), cpuScheme, samples, options, options.fineTuning);
	const { tried, report, some } = best;
	const bytes = encodeModel(tried.built.graph);
	return {
		graph: tried.built.graph,
		report: {
			...report,
			...(await describe(tried.recipe, some)),
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

async function describe(recipe: Recipe, samples: readonly Sample[]) {
	const { float, keptInFloat, observed } = recipe;
	const plan = planQuantization(float, keptInFloat);
	const values = await describeValues(float, plan, cpuScheme.build(recipe), observed, samples);
	return { values, inFloat: plan.inFloat };
}
