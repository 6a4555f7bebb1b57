/** The int8 model for TensorRT: symmetric, with ranges chosen by score, and checked against TensorRT's published rules. */
import type { Graph } from '../../graph/graph.ts';
import { castBytesFirst } from '../../graph/passes/cast-bytes-first.ts';
import { closeness } from '../closeness.ts';
import { observeValues } from '../observe-values.ts';
import type { LeftInFloat } from '../plan.ts';
import { prepareForQuantization, type QuantizationOptions } from '../quantize-model.ts';
import { type RangeMethod, rangesOf, TRIED_METHODS } from '../ranges/index.ts';
import { SampleSplit } from '../samples.ts';
import type { RangeCandidate } from '../search.ts';
import { checkTensorrt, type Violation } from './check-tensorrt.ts';
import { planTensorrt } from './tensorrt-plan.ts';
import { writeTensorrtGraph } from './write-tensorrt-graph.ts';

export interface TensorrtReport {
	readonly calibrationImages: number;
	/** Those of them that ranges did not see, by which closeness was judged. */
	readonly heldOutImages: number;
	/** Whether held-out data decided, or closeness to the float model: signal to noise of its outputs in dB. */
	readonly judgedBy: 'held-out score' | 'closeness';
	readonly score: number;
	readonly chosen: RangeMethod;
	readonly candidates: readonly RangeCandidate[];
	/** Values that are int8 somewhere. */
	readonly values: number;
	/** Convolutions that TensorRT can run on integers. */
	readonly convolutions: number;
	/** Convolutions that stay in float. */
	readonly inFloat: readonly LeftInFloat[];
	/** Rules that the model breaks; none, if all is well. */
	readonly violations: readonly Violation[];
}

const COMPARED = 16;

/**
 * @param graph a deployed float model: `image` uint8 [1,height,width,channels] → float outputs
 * @param images raw bytes, uint8[height,width,channels] each
 */
export async function writeTensorrt(
	graph: Graph,
	images: readonly Uint8Array[],
	{ methods = TRIED_METHODS, score, threads = 1 }: QuantizationOptions = {},
): Promise<{ graph: Graph; report: TensorrtReport }> {
	const float = castBytesFirst(prepareForQuantization(graph)).graph;
	const plan = planTensorrt(float);
	const split = new SampleSplit(images, COMPARED, score === undefined);
	const observed = await observeValues(float, split, [...plan.values], threads);
	const judge = score ?? ((quantized: Graph) => closeness(float, quantized, split.judging));
	const tried = [];
	for (const how of methods) {
		const quantized = writeTensorrtGraph(float, plan, rangesOf(observed, how));
		tried.push({ how, quantized, score: await judge(quantized) });
	}
	const best = tried.reduce((a, b) => (b.score > a.score || Number.isNaN(a.score) ? b : a));
	const report = {
		calibrationImages: images.length,
		heldOutImages: split.heldOutCount,
		judgedBy: score ? ('held-out score' as const) : ('closeness' as const),
		score: best.score,
		chosen: best.how,
		candidates: tried.map(({ how, score }) => ({ how, score })),
		values: plan.values.size,
		convolutions: [...plan.inputs.keys()].filter(({ op }) => op !== 'Add').length,
		inFloat: plan.inFloat,
		violations: checkTensorrt(best.quantized),
	};
	return { graph: best.quantized, report };
}
