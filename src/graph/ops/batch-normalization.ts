/**
 * Batch normalisation over N, H and W. `BatchNormalization` is what models carry (running statistics);
 * `andon::BatchNormalizationTraining` uses the batch's own statistics and is lowered to a few passes over memory.
 */
import { float, floatOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { sizeOf } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { channelAffine, channelDots } from './channels.ts';
import { like, sameAsFirst } from './shapes.ts';

/** A normalisation that does not train keeps its statistics: to gradients it is one factor a channel. */
export const BatchNormalization: Operator = {
	parameters: [1, 2],
	infer: sameAsFirst,
	gradient: (g, node, [dy], needed) => {
		const [x, scale, , mean, variance] = node.inputs;
		const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.add(variance, g.scalar(floatOf(node, 'epsilon', 1e-5)))])]);
		const positions = g.shape(x).flatMap((_, axis) => (axis === 1 ? [] : [axis]));
		const wide = (values: string) => g.reshape(values, [1, -1, ...positions.slice(1).map(() => 1)]);
		return [
			needed[0] ? g.mul(dy!, wide(g.mul(scale, inverse))) : undefined,
			needed[1] ? g.mul(inverse, g.reduceSum(g.mul(dy!, g.sub(x, wide(mean))), positions)) : undefined,
			needed[2] ? g.reduceSum(dy!, positions) : undefined,
		];
	},
};

/** Inputs x [N,C,H,W], γ [C], β [C]. Outputs y, mean [C], biased variance [C], 1/√(variance + ε) [C]. */
export const BatchNormalizationTraining: Operator = {
	parameters: [1, 2],
	infer: (_node, [x, scale]) => [like(x), like(scale), like(scale), like(scale)],
	gradient: (g, node, [dy], needed) => {
		const [x, scale] = node.inputs;
		const [, mean, , inverse] = node.outputs;
		const m = g.scalar(1 / countOf(g, x));
		const dBeta = g.reduceSum(dy!, [0, 2, 3]);
		const dScale = g.mul(inverse, g.sub(channelDots(g, dy!, x), g.mul(mean, dBeta)));
		if (!needed[0]) return [undefined, dScale, dBeta];
		// dX = a·dY + b·x + c with a = γ/σ, b = −a·dγ/(σ·M), c = −a·dβ/M − b·mean.
		const a = g.mul(scale, inverse);
		const b = g.neg(g.mul(g.mul(a, inverse), g.mul(dScale, m)));
		const c = g.neg(g.add(g.mul(a, g.mul(dBeta, m)), g.mul(b, mean)));
		return [channelAffine(g, x, b, c, channelAffine(g, dy!, a)), dScale, dBeta];
	},
	lower: (g, node) => {
		const [x, scale, bias] = node.inputs;
		const mean = g.reduceMean(x, [0, 2, 3]);
		const meanSquare = g.mul(channelDots(g, x, x), g.scalar(1 / countOf(g, x)));
		// Rounding can leave a constant channel with a variance just below zero.
		const variance = g.relu(g.sub(meanSquare, g.mul(mean, mean)));
		const deviation = g.op('Sqrt', [g.add(variance, g.scalar(floatOf(node, 'epsilon', 1e-5)))]);
		const inverse = g.op('Reciprocal', [deviation]);
		const a = g.mul(scale, inverse);
		return [channelAffine(g, x, a, g.sub(bias, g.mul(mean, a))), mean, variance, inverse];
	},
};

function countOf(g: GraphBuilder, x: string): number {
	const [n, , ...spatial] = g.shape(x);
	return n * sizeOf(spatial);
}

/** Emits training batch normalisation; see the operator for the outputs. */
export function batchNormalizationTraining(g: GraphBuilder, x: string, scale: string, bias: string, epsilon: number) {
	return g.ops(
		'BatchNormalizationTraining',
		[x, scale, bias],
		{ epsilon: float(epsilon) },
		{ outputs: 4, domain: 'andon' },
	);
}
