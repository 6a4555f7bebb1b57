/** Rounding to integer codes and back, with gradients that pass straight through. */
import type { Tensor } from '@tensorflow/tfjs';
import { floatOf, intOf } from '../../../../graph/attributes.ts';
import { biasStep, gridOf } from '../../../../graph/ops/fake-quantize.ts';
import { Arranged } from '../arranged.ts';
import type { Kernel, Tf } from '../kernel.ts';

export const fakeQuantizeKernels: Readonly<Record<string, Kernel>> = {
	FakeQuantize: ({ tf, node, inputs: [x], constant }) => {
		const { scales, lows, highs, axis } = gridOf(node, constant);
		const along = (values: readonly number[]) => channelwise(tf, x!, values, axis);
		const round = (value: Tensor) => {
			const kept = tf.minimum(tf.maximum(tf.round(tf.div(value, along(scales))), along(lows)), along(highs));
			return tf.mul(kept, along(scales));
		};
		const inside = (value: Tensor) => {
			const [lowest, highest] = [lows.map((low) => low - 0.5), highs.map((high) => high + 0.5)].map((codes) =>
				along(codes.map((code, i) => code * scales[i])),
			);
			return tf.logicalAnd(tf.greater(value, lowest), tf.less(value, highest));
		};
		return x!.like(straightThrough(tf, x!.tensor, round, inside));
	},
	FakeQuantizeWeights: ({ tf, node, inputs: [weight, bias] }) => {
		const inputScale = floatOf(node, 'input_scale', 1);
		const scale = () => weightScale(tf, weight!.plain, bias?.plain, intOf(node, 'qmax', 127), inputScale);
		const rounded = straightThrough(tf, weight!.plain, (value) => roundTo(tf, value, scale()));
		if (!bias) return Arranged.plain(rounded);
		const step = () => tf.mul(scale().reshape(bias.plain.shape), inputScale);
		const shift = straightThrough(tf, bias.plain, (value) => roundTo(tf, value, step()));
		return [rounded, shift].map(Arranged.plain);
	},
};

/** One a channel [O, 1, …], so that a bias fits into int32 as well. */
function weightScale(tf: Tf, weight: Tensor, bias: Tensor | undefined, qmax: number, inputScale: number): Tensor {
	const axes = weight.shape.map((_, i) => i).slice(1);
	const largest = tf.max(tf.abs(weight), axes, true);
	const scale = tf.maximum(tf.div(largest, qmax), 2 ** -126);
	return bias ? tf.maximum(scale, tf.mul(tf.abs(bias), biasStep(inputScale)).reshape(largest.shape)) : scale;
}

function roundTo(tf: Tf, x: Tensor, scale: Tensor): Tensor {
	return tf.mul(tf.round(tf.div(x, scale)), scale);
}

/** `apply(x)`, through which the gradient passes as if x were left alone, where `inside(x)` allows it. */
function straightThrough(tf: Tf, x: Tensor, apply: (x: Tensor) => Tensor, inside?: (x: Tensor) => Tensor): Tensor {
	const operation = tf.customGrad((...inputs) => {
		const [value, save] = inputs as [Tensor, (tensors: Tensor[]) => void];
		if (inside) save([value]);
		return {
			value: apply(value),
			gradFunc: (dy: Tensor, saved: Tensor[]) => (inside ? tf.mul(dy, tf.cast(inside(saved[0]), 'float32')) : dy),
		};
	});
	return operation(x);
}

/** One number, or one a channel, in a shape that broadcasts. */
function channelwise(tf: Tf, x: Arranged, values: readonly number[], axis: number): Tensor {
	if (values.length === 1) return tf.scalar(values[0]);
	const shape = x.tensor.shape.map((_, i) => (i === x.axis(axis) ? values.length : 1));
	return tf.tensor([...values], shape, 'float32');
}
