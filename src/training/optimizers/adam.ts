/** Adam (Kingma and Ba 2015) with decoupled weight decay (AdamW, Loshchilov and Hutter 2019). */
import { z } from 'zod';
import { parseWith } from '../../base/parse.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Optimizer, OptimizerFactory, UpdateInputs } from './optimizer.ts';

const optionsSchema = z.strictObject({
	beta1: z.number().min(0).lt(1).default(0.9),
	beta2: z.number().min(0).lt(1).default(0.999),
	epsilon: z.number().positive().default(1e-8),
	/** 0 is plain Adam. */
	weightDecay: z.number().min(0).default(0),
});

type Options = z.infer<typeof optionsSchema>;

export const adam: OptimizerFactory = {
	optionsSchema,
	create(raw): Optimizer {
		const options = parseWith(optionsSchema, raw, 'the options of the optimizer adam');
		return {
			name: 'adam',
			options,
			state: 2,
			scalars: (step, learningRate) => [
				learningRate / (1 - options.beta1 ** step),
				1 / (1 - options.beta2 ** step),
				learningRate * options.weightDecay,
			],
			update: (g, inputs) => update(g, inputs, options),
		};
	},
};

/** w ← w − rate·m̂ / (√v̂ + ε) − decay·w. */
function update(g: GraphBuilder, { weights, gradient, state, scalars, decayed }: UpdateInputs, options: Options) {
	const [rate, correction, decay] = scalars;
	const blend = (old: string, fresh: string, beta: number) =>
		g.add(g.mul(old, g.scalar(beta)), g.mul(fresh, g.scalar(1 - beta)));
	const m = blend(state[0], gradient, options.beta1);
	const v = blend(state[1], g.mul(gradient, gradient), options.beta2);
	const scale = g.add(g.op('Sqrt', [g.mul(v, correction)]), g.scalar(options.epsilon));
	const moved = g.sub(weights, g.mul(g.div(m, scale), rate));
	const next = options.weightDecay > 0 ? g.sub(moved, g.mul(g.mul(weights, decayed), decay)) : moved;
	return { weights: next, state: [m, v] };
}
