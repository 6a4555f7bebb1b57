/** Reductions over axes. Of equal maxima TF.js gives each the whole gradient. */
import type { Tensor } from '@tensorflow/tfjs';
import { intOf, intsOf } from '../../../../graph/attributes.ts';
import { positiveAxis } from '../../../../graph/ops/shapes.ts';
import { Arranged } from '../arranged.ts';
import { type Call, type Kernel, numbersOf, type Tf } from '../kernel.ts';

type Reduction = (tf: Tf, x: Tensor, axes: number[], keep: boolean) => Tensor;

function reduce(apply: Reduction): Kernel {
	return (call) => {
		const { tf, node, inputs } = call;
		const x = inputs[0]!;
		const axes = axesOf(call, x.rank);
		if (intOf(node, 'keepdims', 1) === 1) return x.like(apply(tf, x.tensor, axes.map(inOrder(x)), true));
		const kept = [0, 1, 2, 3].filter((axis) => !axes.includes(axis));
		// Where channels are gone, or stand behind all that is left, both orders give the same.
		if (x.isLast && (!kept.includes(1) || kept.at(-1) === 1))
			return Arranged.plain(apply(tf, x.last, axes.map(inOrder(x)), false));
		return Arranged.plain(apply(tf, x.plain, axes, false));
	};
}

function inOrder(x: Arranged): (axis: number) => number {
	return (axis) => x.axis(axis);
}

function axesOf(call: Call, rank: number): number[] {
	const axes = numbersOf(call, 1) ?? intsOf(call.node, 'axes', []);
	return axes.length > 0 ? axes.map((axis) => positiveAxis(axis, rank)) : Array.from({ length: rank }, (_, i) => i);
}

const sumOfSquares: Reduction = (tf, x, axes, keep) => tf.sum(tf.square(x), axes, keep);

export const reduceKernels: Readonly<Record<string, Kernel>> = {
	ReduceSum: reduce((tf, x, axes, keep) => tf.sum(x, axes, keep)),
	ReduceMean: reduce((tf, x, axes, keep) => tf.mean(x, axes, keep)),
	ReduceSumSquare: reduce(sumOfSquares),
	ReduceL2: reduce((tf, x, axes, keep) => tf.sqrt(sumOfSquares(tf, x, axes, keep))),
	ReduceMax: reduce((tf, x, axes, keep) => tf.max(x, axes, keep)),
	ReduceMin: reduce((tf, x, axes, keep) => tf.min(x, axes, keep)),
};
