/** Normalisations: of a batch by its own statistics while it trains and by running ones where it is frozen, and of each sample. */
import type { Tensor } from '@tensorflow/tfjs';
import { floatOf, intOf } from '../../../../graph/attributes.ts';
import type { Node } from '../../../../graph/graph.ts';
import { positiveAxis } from '../../../../graph/ops/shapes.ts';
import { Arranged } from '../arranged.ts';
import type { Kernel, Tf } from '../kernel.ts';

export const normalizationKernels: Readonly<Record<string, Kernel>> = {
	/** Outputs y, mean, biased variance and 1/√(variance + ε), as the graph's own operator has them. */
	BatchNormalizationTraining: ({ tf, node, inputs: [x, scale, bias] }) => {
		const mean = tf.mean(x!.last, [0, 1, 2]);
		const centred = tf.sub(x!.last, mean);
		const variance = tf.mean(tf.square(centred), [0, 1, 2]);
		const inverse = tf.rsqrt(tf.add(variance, floatOf(node, 'epsilon', 1e-5)));
		const y = tf.add(tf.mul(centred, tf.mul(inverse, scale!.plain)), bias!.plain);
		return [Arranged.channelsLast(y), ...[mean, variance, inverse].map(Arranged.plain)];
	},
	BatchNormalization: ({ tf, node, inputs: [x, scale, bias, mean, variance] }) => {
		const deviation = tf.sqrt(tf.add(variance!.plain, floatOf(node, 'epsilon', 1e-5)));
		const factor = tf.div(scale!.plain, deviation);
		const shift = tf.sub(bias!.plain, tf.mul(mean!.plain, factor));
		if (x!.rank !== 4) return Arranged.plain(tf.add(tf.mul(x!.plain, factor), shift));
		return Arranged.channelsLast(tf.add(tf.mul(x!.last, factor), shift));
	},
	LayerNormalization: ({ tf, node, inputs: [x, scale, bias] }) => {
		const first = positiveAxis(intOf(node, 'axis', -1), x!.rank);
		const axes = Array.from({ length: x!.rank - first }, (_, i) => first + i);
		const scaled = tf.mul(standardized(tf, x!.plain, axes, node), scale!.plain);
		return Arranged.plain(bias ? tf.add(scaled, bias.plain) : scaled);
	},
	InstanceNormalization: ({ tf, node, inputs: [x, scale, bias] }) => {
		const normal = standardized(tf, x!.last, [1, 2], node);
		return Arranged.channelsLast(tf.add(tf.mul(normal, scale!.plain), bias!.plain));
	},
};

/** (x − mean) / √(variance + ε) over some axes. */
function standardized(tf: Tf, x: Tensor, axes: number[], node: Node): Tensor {
	const { mean, variance } = tf.moments(x, axes, true);
	return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, floatOf(node, 'epsilon', 1e-5))));
}
