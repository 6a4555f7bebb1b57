/** Operators of one input that act on each element. */
import type { Tensor } from '@tensorflow/tfjs';
import { floatOf, stringOf } from '../../../../graph/attributes.ts';
import type { Node } from '../../../../graph/graph.ts';
import { type Kernel, numbersOf, type Tf } from '../kernel.ts';

function unary(apply: (tf: Tf, x: Tensor, node: Node) => Tensor): Kernel {
	return ({ tf, node, inputs: [x] }) => x!.like(apply(tf, x!.tensor, node));
}

/** Limits to [low, high]; no gradient at the limits themselves, where TF.js's own `clipByValue` passes one. */
function limited(tf: Tf, x: Tensor, low: number, high: number): Tensor {
	const above =
		low === Number.NEGATIVE_INFINITY ? x : tf.where(tf.greaterEqual(tf.scalar(low), x), tf.fill(x.shape, low), x);
	if (high === Number.POSITIVE_INFINITY) return above;
	return tf.where(tf.greaterEqual(above, high), tf.fill(x.shape, high), above);
}

function hardSigmoid(tf: Tf, x: Tensor, alpha: number, beta: number): Tensor {
	return limited(tf, tf.add(tf.mul(x, alpha), beta), 0, 1);
}

/** 2·Φ(x) − 1, or its approximation by tanh (Hendrycks and Gimpel 2016). */
function gate(tf: Tf, x: Tensor, approximate: string): Tensor {
	if (approximate !== 'tanh') return tf.erf(tf.mul(x, Math.SQRT1_2));
	const cubic = tf.add(x, tf.mul(tf.mul(x, tf.square(x)), 0.044715));
	return tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI)));
}

export const unaryKernels: Readonly<Record<string, Kernel>> = {
	Relu: unary((tf, x) => tf.relu(x)),
	LeakyRelu: unary((tf, x, node) => tf.leakyRelu(x, floatOf(node, 'alpha', 0.01))),
	Elu: unary((tf, x, node) => {
		const alpha = floatOf(node, 'alpha', 1);
		return tf.add(tf.relu(x), tf.mul(tf.sub(tf.exp(tf.minimum(x, 0)), 1), alpha));
	}),
	Sigmoid: unary((tf, x) => tf.sigmoid(x)),
	HardSigmoid: unary((tf, x, node) => hardSigmoid(tf, x, floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5))),
	HardSwish: unary((tf, x) => tf.mul(x, hardSigmoid(tf, x, 1 / 6, 0.5))),
	Mish: unary((tf, x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
	Gelu: unary((tf, x, node) => tf.mul(x, tf.mul(tf.add(gate(tf, x, stringOf(node, 'approximate', 'none')), 1), 0.5))),
	Tanh: unary((tf, x) => tf.tanh(x)),
	Erf: unary((tf, x) => tf.erf(x)),
	Softplus: unary((tf, x) => tf.softplus(x)),
	Exp: unary((tf, x) => tf.exp(x)),
	Log: unary((tf, x) => tf.log(x)),
	Sqrt: unary((tf, x) => tf.sqrt(x)),
	Reciprocal: unary((tf, x) => tf.reciprocal(x)),
	Neg: unary((tf, x) => tf.neg(x)),
	// The derivative at 0 is 0 this way; TF.js's own is −1.
	Abs: unary((tf, x) => tf.mul(x, tf.sign(x))),
	Identity: unary((_tf, x) => x),
	Dropout: unary((_tf, x) => x),
	Sign: unary((tf, x) => tf.sign(x)),
	Floor: unary((tf, x) => tf.floor(x)),
	Ceil: unary((tf, x) => tf.ceil(x)),
	Round: unary((tf, x) => tf.round(x)),
	Not: unary((tf, x) => tf.logicalNot(x.cast('bool'))),
	Clip: (call) => {
		const x = call.inputs[0]!;
		const low = numbersOf(call, 1)?.[0] ?? Number.NEGATIVE_INFINITY;
		const high = numbersOf(call, 2)?.[0] ?? Number.POSITIVE_INFINITY;
		return x.like(limited(call.tf, x.tensor, low, high));
	},
};
