/** What search and repairs need to know of a target: where it wants integers, and how it writes them. */
import type { Graph, Node, Tensor } from '../graph/graph.ts';
import type { QuantizationParameters } from './parameters.ts';
import type { LeftInFloat } from './plan.ts';
import type { Recipe } from './repair/repair.ts';

export interface Scheme {
	/** Whether upper bounds per channel cost nothing, because codes end where values are cut. */
	readonly absorbsBounds: boolean;
	/** @param keptInFloat outputs of convolutions that are to stay in float */
	plan(float: Graph, keptInFloat: ReadonlySet<string>): SchemePlan;
	/** The scales of a convolution's weights, [Co]. */
	weightScales(weight: Tensor, bias: Tensor | undefined, inputScale: number): Float32Array;
	build(recipe: Recipe): Built;
}

export interface SchemePlan {
	/** Values that calibration has to look at: those that become integers, and those that repairs ask about. */
	readonly observed: ReadonlySet<string>;
	/** Convolutions on integers that repairs may change: constant weights, output channels first. */
	readonly convolutions: ReadonlySet<Node>;
	/** A convolution or addition → the last of the activations behind it that needs no node. */
	readonly absorbed: ReadonlyMap<Node, Node>;
	readonly inFloat: readonly LeftInFloat[];
}

/** What became of a float graph. */
export interface Built {
	readonly graph: Graph;
	/** The type of activations' codes. */
	readonly codes: 'uint8' | 'int8';
	/** Of the values that are integers. */
	readonly parameters: ReadonlyMap<string, QuantizationParameters>;
	/** Output of a convolution of the float graph → what the integer one gives before its activation and rounding. */
	readonly raw: ReadonlyMap<string, string>;
}
