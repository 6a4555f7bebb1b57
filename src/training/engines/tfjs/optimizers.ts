/** TF.js's own optimizers in place of the update that the step graph has; their moments have the same order as ours. */
import type { NamedTensorMap, Tensor, Optimizer as TfOptimizer } from '@tensorflow/tfjs';
import type { Optimizer } from '../../optimizers/optimizer.ts';
import type { Tf } from './kernel.ts';

const CREATE: Readonly<Record<Optimizer['name'], (tf: Tf, rate: number, options: Options) => TfOptimizer>> = {
	adam: (tf, rate, { beta1, beta2, epsilon }) => tf.train.adam(rate, beta1, beta2, epsilon),
	sgd: (tf, rate, { momentum, nesterov }) =>
		momentum > 0 ? tf.train.momentum(rate, momentum, Boolean(nesterov)) : tf.train.sgd(rate),
};

type Options = Readonly<Record<string, number>>;

/** Where an optimizer stands. */
export interface Moments {
	/** Steps taken. */
	readonly step: number;
	/** For each of the optimizer's vectors, one tensor a parameter. */
	readonly vectors: readonly (readonly Tensor[])[];
}

/**
 * Takes one step on registered variables. The optimizer is made anew, because TF.js fixes the rate when it is made and keeps
 * powers of β that drift from those of a resumed run.
 *
 * @param gradients by the variables' names, in the parameters' order
 * @returns the new vectors; the caller disposes the old ones
 */
export async function applyGradients(
	tf: Tf,
	{ name, options }: Optimizer,
	rate: number,
	gradients: NamedTensorMap,
	{ step, vectors }: Moments,
): Promise<Tensor[][]> {
	const optimizer = CREATE[name](tf, rate, options as Options);
	const iterations = tf.scalar(step, 'int32');
	const named = vectors.flat().map((tensor, i) => ({ name: `${name}/${i}`, tensor }));
	await optimizer.setWeights([{ name: 'iter', tensor: iterations }, ...named]);
	optimizer.applyGradients(gradients);
	const [count, ...moved] = await optimizer.getWeights();
	const kept = moved.map(({ tensor }) => tensor.clone());
	tf.dispose([iterations, count.tensor]);
	optimizer.dispose();
	const length = Object.keys(gradients).length;
	return vectors.map((_, i) => kept.slice(i * length, (i + 1) * length));
}
