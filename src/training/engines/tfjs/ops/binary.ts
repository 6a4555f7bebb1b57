/** Operators of several inputs that act on each element and broadcast. */
import type { Tensor } from '@tensorflow/tfjs';
import { together } from '../arranged.ts';
import type { Kernel, Tf } from '../kernel.ts';

function binary(combine: (tf: Tf, a: Tensor, b: Tensor) => Tensor): Kernel {
	return ({ tf, inputs }) =>
		together(
			inputs.map((input) => input!),
			(tensors) => tensors.reduce((a, b) => combine(tf, a, b)),
		);
}

/** TF.js fails where a comparison lies between parameters and loss, instead of letting nothing through. */
function comparison(compare: (tf: Tf, a: Tensor, b: Tensor) => Tensor): Kernel {
	return binary((tf, a, b) => {
		const stopped = tf.customGrad((...inputs) => {
			const [x, y] = inputs as Tensor[];
			return { value: compare(tf, x, y), gradFunc: () => [tf.zerosLike(x), tf.zerosLike(y)] };
		});
		return stopped(a, b);
	});
}

export const binaryKernels: Readonly<Record<string, Kernel>> = {
	Add: binary((tf, a, b) => tf.add(a, b)),
	Sub: binary((tf, a, b) => tf.sub(a, b)),
	Mul: binary((tf, a, b) => tf.mul(a, b)),
	Div: binary((tf, a, b) => tf.div(a, b)),
	Pow: binary((tf, a, b) => tf.pow(a, b)),
	Sum: binary((tf, a, b) => tf.add(a, b)),
	// Of equal values the second one gets the gradient, as in our own rules; TF.js gives it to its first.
	Max: binary((tf, a, b) => tf.maximum(b, a)),
	Min: binary((tf, a, b) => tf.minimum(b, a)),
	Greater: comparison((tf, a, b) => tf.greater(a, b)),
	GreaterOrEqual: comparison((tf, a, b) => tf.greaterEqual(a, b)),
	Less: comparison((tf, a, b) => tf.less(a, b)),
	Equal: comparison((tf, a, b) => tf.equal(a, b)),
	And: comparison((tf, a, b) => tf.logicalAnd(a, b)),
	PRelu: binary((tf, x, slope) => tf.prelu(x, slope)),
	Where: ({ tf, inputs }) =>
		together(
			inputs.map((input) => input!),
			([condition, yes, no]) => tf.where(condition.cast('bool'), yes, no),
		),
};
