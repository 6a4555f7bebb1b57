/** What is repaired, and what every repair looks like. */
import type { Graph } from '../../graph/graph.ts';
import { depthToSpaceChannelsLast } from '../../graph/passes/depth-to-space-channels-last.ts';
import { nearestResizeChannelsLast } from '../../graph/passes/nearest-resize-channels-last.ts';
import { planQuantization } from '../plan.ts';
import { type Corrections, type QuantizedGraph, quantizeGraph } from '../quantize-graph.ts';
import { type RangeMethod, rangesOf } from '../ranges/index.ts';
import type { Observation } from '../ranges/observation.ts';
import type { Sample } from '../sample.ts';
import type { Samples } from '../samples.ts';

/** All that a quantized model follows from; repairs make another one of it. */
export interface Recipe {
	readonly float: Graph;
	/** Outputs of convolutions that stay in float. */
	readonly keptInFloat: ReadonlySet<string>;
	readonly observed: ReadonlyMap<string, Observation>;
	readonly how: RangeMethod;
	readonly corrections: Corrections;
}

/** What repairs may look at. */
export interface Bench {
	readonly samples: Samples;
	/** Some of the samples, spread evenly. */
	readonly some: readonly Sample[];
	readonly threads: number;
	/** Of what a recipe makes; larger is better. */
	score(recipe: Recipe): Promise<number>;
	/** The score that is good enough. */
	readonly wanted: number;
	/** What a repair has to gain that costs speed. */
	readonly worthwhile: number;
}

export interface Repair {
	/** Expensive ones are left out where the score is good enough without them. */
	readonly expensive: boolean;
	/** Those that make the model slower have to gain more than any. */
	readonly slows?: boolean;
	/** The repaired recipe and what was done, or why there is nothing to do. */
	apply(recipe: Recipe, bench: Bench): Promise<{ recipe: Recipe; detail: string } | { nothing: string }>;
}

/** Moves are written as ONNX Runtime's integer kernels are quick with; what is new by that holds values that were observed. */
export function build({ float, keptInFloat, observed, how, corrections }: Recipe): QuantizedGraph {
	const { graph } = nearestResizeChannelsLast(depthToSpaceChannelsLast(float).graph);
	return quantizeGraph(graph, rangesOf(observed, how), planQuantization(graph, keptInFloat), corrections);
}
