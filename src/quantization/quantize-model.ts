/** A float model and calibration images in, the best of several quantized models and a report out. */
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import { foldBatchNorm } from '../graph/passes/fold-batch-norm.ts';
import { foldConstants } from '../graph/passes/fold-constants.ts';
import { stridedConvolutionToSpaceToDepth } from '../graph/passes/strided-convolution-to-space-to-depth.ts';
import { transposedConvolutionToDepthToSpace } from '../graph/passes/transposed-convolution-to-depth-to-space.ts';
import { type AuditReport, audit } from './audit.ts';
import { compareValues, type Difference } from './compare-values.ts';
import { measureSpeed, type SpeedReport } from './measure-speed.ts';
import { observeValues } from './observe-values.ts';
import type { Range } from './parameters.ts';
import { type LeftInFloat, type Plan, planQuantization } from './plan.ts';
import { type QuantizedGraph, quantizeGraph } from './quantize-graph.ts';
import { type RangeMethod, rangesOf, TRIED_METHODS } from './ranges/index.ts';
import type { Observation } from './ranges/observation.ts';
import type { Sample } from './sample.ts';

export interface QuantizationOptions {
	/** Ways to choose ranges; each is tried (default: `TRIED_METHODS`). */
	readonly methods?: readonly RangeMethod[];
	/** Judges a quantized graph on held-out data, larger is better; without it, closeness to the float model decides. */
	readonly score?: (graph: Graph) => Promise<number>;
	/** Threads for calibration and for the speed measurement (default 1). */
	readonly threads?: number;
	/** Paired inferences for the speed measurement; 0 leaves it out (default 30). */
	readonly speedRuns?: number;
}

export interface QuantizationReport {
	readonly calibrationImages: number;
	readonly chosen: RangeMethod;
	readonly candidates: readonly { readonly how: RangeMethod; readonly score: number }[];
	/** One entry a quantized value, in the order of the graph. */
	readonly values: readonly QuantizedValue[];
	readonly inFloat: readonly LeftInFloat[];
	readonly audit: AuditReport;
	readonly speed: SpeedReport | undefined;
}

export interface QuantizedValue extends Difference {
	readonly name: string;
	/** Smallest and largest float value seen in calibration. */
	readonly seen: Range;
	readonly scale: number;
	readonly zeroPoint: number;
	/** Share of the calibration values that the codes cannot reach. */
	readonly saturated: number;
}

/** Images on which candidates and values are compared: enough to tell them apart. */
const COMPARED = 16;

/**
 * Quantizes a deployed float model for the CPU.
 *
 * @param graph takes raw images, or the tensors that the samples hold
 */
export async function quantizeModel(
	graph: Graph,
	calibration: readonly Sample[],
	options: QuantizationOptions = {},
): Promise<{ graph: Graph; report: QuantizationReport }> {
	const prepared = prepareForQuantization(graph);
	const plan = planQuantization(prepared);
	const observed = await observeValues(prepared, calibration, [...plan.integers], options.threads);
	const means = new Map(Array.from(observed, ([name, { channelMeans }]) => [name, channelMeans]));
	const compared = evenly(calibration, COMPARED);
	const candidates = [];
	for (const how of options.methods ?? TRIED_METHODS) {
		const quantized = quantizeGraph(prepared, rangesOf(observed, how), plan, means);
		const score = await (options.score?.(quantized.graph) ?? closeness(prepared, quantized, compared));
		candidates.push({ how, score, quantized });
	}
	const best = candidates.reduce((a, b) => (b.score > a.score || Number.isNaN(a.score) ? b : a));
	const bytes = encodeModel(best.quantized.graph);
	const { threads = 1, speedRuns: runs = 30 } = options;
	return {
		graph: best.quantized.graph,
		report: {
			calibrationImages: calibration.length,
			chosen: best.how,
			candidates: candidates.map(({ how, score }) => ({ how, score })),
			values: await describeValues(prepared, plan, best.quantized, observed, compared),
			inFloat: plan.inFloat,
			audit: await audit(bytes),
			speed:
				runs > 0 ? await measureSpeed(encodeModel(graph), bytes, { threads, runs, sample: calibration[0] }) : undefined,
		},
	};
}

/** The exact rewrites that quantization builds on: constants, batch normalisation, transposed convolutions. */
export function prepareForQuantization(graph: Graph): Graph {
	const passes = [
		foldConstants,
		foldBatchNorm,
		transposedConvolutionToDepthToSpace,
		stridedConvolutionToSpaceToDepth,
		dropDeadNodes,
	];
	return passes.reduce((current, pass) => pass(current).graph, graph);
}

/** Minus the largest root-mean-square difference of any output. */
async function closeness(float: Graph, quantized: QuantizedGraph, samples: readonly Sample[]): Promise<number> {
	const pairs = new Map(float.outputs.map(({ name }) => [name, name]));
	const differences = await compareValues(float, quantized.graph, pairs, samples);
	return -Math.max(...Array.from(differences.values(), ({ rms }) => rms));
}

async function describeValues(
	float: Graph,
	plan: Plan,
	{ graph, parameters, dequantized }: QuantizedGraph,
	observed: ReadonlyMap<string, Observation>,
	samples: readonly Sample[],
): Promise<QuantizedValue[]> {
	const differences = await compareValues(float, graph, dequantized, samples);
	const order = [plan.camera?.value, ...float.nodes.flatMap(({ outputs }) => outputs)];
	const known = order.filter((name, i) => name && plan.integers.has(name) && order.indexOf(name) === i) as string[];
	return known.map((name) => {
		const { scale, zeroPoint } = parameters.get(name)!;
		const { histogram } = observed.get(name)!;
		const reach = { min: -zeroPoint * scale, max: (255 - zeroPoint) * scale };
		return {
			name,
			seen: { min: histogram.min, max: histogram.max },
			scale,
			zeroPoint,
			saturated: histogram.shareOutside(reach),
			...differences.get(name)!,
		};
	});
}

/** At most `count` items, spread over the whole list. */
function evenly<T>(items: readonly T[], count: number): readonly T[] {
	if (items.length <= count) return items;
	return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);
}
