/** The int8 model for TensorRT: symmetric, ranges and repairs chosen by score, and checked against TensorRT's published rules. */
import type { Graph } from '../../graph/graph.ts';
import { castBytesFirst } from '../../graph/passes/cast-bytes-first.ts';
import { findBest, type SearchOptions, type SearchReport } from '../find-best.ts';
import type { LeftInFloat } from '../plan.ts';
import { prepareForQuantization } from '../quantize-model.ts';
import type { Samples } from '../samples.ts';
import { checkTensorrt, type Violation } from './check-tensorrt.ts';
import { planTensorrt } from './tensorrt-plan.ts';
import { tensorrtScheme } from './tensorrt-scheme.ts';

export interface TensorrtReport extends SearchReport {
	/** Values that are int8 somewhere. */
	readonly values: number;
	/** Convolutions that TensorRT can run on integers. */
	readonly convolutions: number;
	/** Convolutions that stay in float. */
	readonly inFloat: readonly LeftInFloat[];
	/** Rules that the model breaks; none, if all is well. */
	readonly violations: readonly Violation[];
}

/**
 * Repairs are those of the CPU; fine-tuning is not offered, which trains with the rounding of the CPU's codes.
 *
 * @param graph a float model: takes raw images, or the tensors that the samples hold
 */
export async function writeTensorrt(
	graph: Graph,
	samples: Samples,
	options: SearchOptions = {},
): Promise<{ graph: Graph; report: TensorrtReport }> {
	const float = castBytesFirst(prepareForQuantization(graph)).graph;
	const { tried, report } = await findBest(float, tensorrtScheme, samples, options);
	const { recipe, built } = tried;
	const plan = planTensorrt(recipe.float, recipe.keptInFloat);
	return {
		graph: built.graph,
		report: {
			...report,
			values: plan.values.size,
			convolutions: [...plan.inputs.keys()].filter(({ op }) => op !== 'Add').length,
			inFloat: plan.inFloat,
			violations: checkTensorrt(built.graph),
		},
	};
}
