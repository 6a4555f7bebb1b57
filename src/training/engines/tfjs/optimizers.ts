/** TF.js's own optimizers in place of the update that the step graph has; their moments have the same order as ours. */
import type { Tensor, Optimizer as TfOptimizer, Variable } from '@tensorflow/tfjs';
import type { Optimizer } from '../../optimizers/optimizer.ts';
import type { Tf } from './kernel.ts';

type Options = Readonly<Record<string, number>>;

const CREATE: Readonly<Record<Optimizer['name'], (tf: Tf, rate: number, options: Options) => TfOptimizer>> = {
	adam: (tf, rate, { beta1, beta2, epsilon }) => tf.train.adam(rate, beta1, beta2, epsilon),
	sgd: (tf, rate, { momentum, nesterov }) =>
		momentum > 0 ? tf.train.momentum(rate, momentum, Boolean(nesterov)) : tf.train.sgd(rate),
};

/** A parameter and where its optimizer stands. */
export interface Moving {
	readonly variable: Variable;
	readonly gradient: Tensor;
	/** One tensor for each of the optimizer's vectors. */
	readonly moments: readonly Tensor[];
	readonly dims: readonly number[];
	/** Steps that were taken before it joined. */
	readonly since: number;
}

/**
 * Takes one step, with decoupled weight decay on weights of rank 2 and more.
 *
 * @param step steps taken before this one
 * @returns the new moments of each parameter; the caller disposes the old ones
 */
export async function applyGradients(
	tf: Tf,
	{ name, options }: Optimizer,
	parameters: readonly Moving[],
	rate: number,
	step: number,
): Promise<Tensor[][]> {
	const decays = parameters.map(({ variable, dims }) =>
		decayOf(tf, variable, dims, rate * Number(options.weightDecay)),
	);
	const moments = new Map<Moving, Tensor[]>();
	for (const [since, members] of Map.groupBy(parameters, (parameter) => parameter.since)) {
		const optimizer = CREATE[name](tf, rate, options as Options);
		for (const [i, moved] of (await advance(tf, optimizer, members, step - since)).entries())
			moments.set(members[i], moved);
		optimizer.dispose();
	}
	for (const [i, { variable }] of parameters.entries())
		if (decays[i]) tf.tidy(() => variable.assign(tf.sub(variable, decays[i]!)));
	tf.dispose(decays.filter((tensor) => tensor !== undefined));
	return parameters.map((parameter) => moments.get(parameter)!);
}

/** What decay takes from a weight, in terms of its value before the step. */
function decayOf(tf: Tf, variable: Variable, dims: readonly number[], decay: number): Tensor | undefined {
	return decay > 0 && dims.length > 1 ? tf.mul(variable, decay) : undefined;
}

/**
 * One step of a fresh optimizer that is given its moments and its count of steps: TF.js fixes the rate when an optimizer
 * is made, and keeps powers of β that drift from those of a resumed run.
 */
async function advance(tf: Tf, optimizer: TfOptimizer, members: readonly Moving[], step: number): Promise<Tensor[][]> {
	const iterations = tf.scalar(step, 'int32');
	const vectors = members[0].moments.map((_, vector) => members.map(({ moments }) => moments[vector]));
	const named = vectors.flat().map((tensor, i) => ({ name: `moment/${i}`, tensor }));
	await optimizer.setWeights([{ name: 'iter', tensor: iterations }, ...named]);
	optimizer.applyGradients(Object.fromEntries(members.map(({ variable, gradient }) => [variable.name, gradient])));
	const [count, ...moved] = await optimizer.getWeights();
	const kept = moved.map(({ tensor }) => tensor.clone());
	tf.dispose([iterations, count.tensor]);
	return members.map((_, i) => vectors.map((_, vector) => kept[vector * members.length + i]));
}
