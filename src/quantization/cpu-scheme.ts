/** The scheme of the CPU's target: uint8 values, int8 weights, activations absorbed by clipping. */
import { depthToSpaceChannelsLast } from '../graph/passes/depth-to-space-channels-last.ts';
import { nearestResizeChannelsLast } from '../graph/passes/nearest-resize-channels-last.ts';
import { planQuantization } from './plan.ts';
import { type QuantizedGraph, quantizeGraph } from './quantize-graph.ts';
import { weightScales } from './quantize-weights.ts';
import { rangesOf } from './ranges/index.ts';
import type { Recipe } from './repair/repair.ts';
import type { Scheme } from './scheme.ts';

export const cpuScheme = {
	absorbsBounds: true,
	plan(float, keptInFloat) {
		const { integers, convolutions, absorbed, inFloat } = planQuantization(float, keptInFloat);
		return { observed: integers, convolutions, absorbed, inFloat };
	},
	weightScales,
	/** Moves are written as ONNX Runtime's integer kernels are quick with; what is new by that holds values that were observed. */
	build({ float, keptInFloat, observed, how, corrections }: Recipe): QuantizedGraph {
		const { graph } = nearestResizeChannelsLast(depthToSpaceChannelsLast(float).graph);
		return quantizeGraph(graph, rangesOf(observed, how), planQuantization(graph, keptInFloat), corrections);
	},
} satisfies Scheme;
