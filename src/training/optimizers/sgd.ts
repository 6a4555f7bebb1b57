/** Stochastic gradient descent with momentum (Sutskever et al. 2013) and decoupled weight decay. */
import { z } from 'zod';
import { parseWith } from '../../base/parse.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Optimizer, OptimizerFactory, UpdateInputs } from './optimizer.ts';

const optionsSchema = z.strictObject({
	/** 0 is plain gradient descent. */
	momentum: z.number().min(0).lt(1).default(0.9),
	/** Looks ahead: the gradient acts as if the momentum had been followed already. */
	nesterov: z.boolean().default(false),
	weightDecay: z.number().min(0).default(0),
});

type Options = z.infer<typeof optionsSchema>;

export const sgd: OptimizerFactory = {
	optionsSchema,
	create(raw): Optimizer {
		const options = parseWith(optionsSchema, raw, 'the options of the optimizer sgd');
		return {
			name: 'sgd',
			options,
			state: options.momentum > 0 ? 1 : 0,
			scalars: (_step, learningRate) => [learningRate, learningRate * options.weightDecay],
			update: (g, inputs) => update(g, inputs, options),
		};
	},
};

/** v ← μ·v + ∇; w ← w − rate·v − decay·w, with ∇ + μ·v in place of v for Nesterov. */
function update(g: GraphBuilder, { weights, gradient, state, scalars, decayed }: UpdateInputs, options: Options) {
	const { momentum, nesterov, weightDecay } = options;
	const [rate, decay] = scalars;
	const slowed = (velocity: string) => g.mul(velocity, g.scalar(momentum));
	const velocity = momentum > 0 ? g.add(slowed(state[0]), gradient) : gradient;
	const direction = momentum > 0 && nesterov ? g.add(gradient, slowed(velocity)) : velocity;
	const moved = g.sub(weights, g.mul(direction, rate));
	const next = weightDecay > 0 ? g.sub(moved, g.mul(g.mul(weights, decayed), decay)) : moved;
	return { weights: next, state: momentum > 0 ? [velocity] : [] };
}
