/** Batch normalisation over N, H and W: by the batch's own statistics while it trains, by running ones where it is frozen. */
import { floatOf } from '../../../../graph/attributes.ts';
import { Arranged } from '../arranged.ts';
import type { Kernel } from '../kernel.ts';

export const normalizationKernels: Readonly<Record<string, Kernel>> = {
	/** Outputs y, mean, biased variance and 1/√(variance + ε), as the graph's own operator has them. */
	BatchNormalizationTraining: ({ tf, node, inputs: [x, scale, bias] }) => {
		const { mean, variance } = tf.moments(x!.last, [0, 1, 2]);
		const inverse = tf.rsqrt(tf.add(variance, floatOf(node, 'epsilon', 1e-5)));
		const y = tf.add(tf.mul(tf.sub(x!.last, mean), tf.mul(inverse, scale!.plain)), bias!.plain);
		return [Arranged.channelsLast(y), ...[mean, variance, inverse].map(Arranged.plain)];
	},
	BatchNormalization: ({ tf, node, inputs: [x, scale, bias, mean, variance] }) => {
		const deviation = tf.sqrt(tf.add(variance!.plain, floatOf(node, 'epsilon', 1e-5)));
		const factor = tf.div(scale!.plain, deviation);
		const shift = tf.sub(bias!.plain, tf.mul(mean!.plain, factor));
		if (x!.rank !== 4) return Arranged.plain(tf.add(tf.mul(x!.plain, factor), shift));
		return Arranged.channelsLast(tf.add(tf.mul(x!.last, factor), shift));
	},
};
