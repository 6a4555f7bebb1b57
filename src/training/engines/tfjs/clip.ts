/** Bounds a gradient as the step graph does: each element within ±value, then the length of the whole. */
import type { Tensor } from '@tensorflow/tfjs';
import type { StepOptions } from '../../step-graph.ts';
import type { Tf } from './kernel.ts';

type Limits = Pick<StepOptions, 'clipNorm' | 'clipValue'>;

/** @param norm the gradient's global L2 norm; @returns new tensors, the caller disposes them */
export function clip(
	tf: Tf,
	gradients: readonly Tensor[],
	norm: number,
	{ clipNorm, clipValue = 0 }: Limits,
): Tensor[] {
	return tf.tidy(() => {
		if (clipValue === 0) return scaled(tf, gradients, norm, clipNorm);
		const bounded = gradients.map((gradient) => tf.clipByValue(gradient, -clipValue, clipValue));
		return scaled(tf, bounded, clipNorm > 0 ? normOf(tf, bounded) : 0, clipNorm);
	});
}

function scaled(tf: Tf, gradients: readonly Tensor[], norm: number, limit: number): Tensor[] {
	const factor = limit > 0 ? Math.min(1, limit / (norm + 1e-6)) : 1;
	return gradients.map((gradient) => (factor === 1 ? gradient.clone() : tf.mul(gradient, factor)));
}

function normOf(tf: Tf, tensors: readonly Tensor[]): number {
	return tf.sqrt(tf.addN(tensors.map((tensor) => tf.sum(tf.square(tensor))))).dataSync()[0];
}
