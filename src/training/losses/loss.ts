/** What a loss is: nodes added to a graph that end in one scalar. */
import type { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import { type ClassWeights, classWeightsOption, resolveClassWeights } from './class-weights.ts';

/** How a head turns logits into probabilities: one channel by itself, or classes that exclude each other. */
export type Activation = 'sigmoid' | 'softmax';

/** What a loss compares; names of values in the graph. C is 1 for a sigmoid head, the number of classes for a softmax head. */
export interface LossInputs {
	/** Logits, [N, C, height, width] for masks or [N, C] for scores. */
	readonly logits: string;
	/** σ or softmax (over axis 1) of the logits, same shape. */
	readonly probabilities: string;
	/** Truth in {0, 1} of the same shape; of a softmax head one-hot, channel 0 being sound or background. */
	readonly target: string;
	readonly activation: Activation;
}

/** What the formula of a loss sees. */
export interface WeighedInputs extends LossInputs {
	/** One weight a class (two for a sigmoid head), undefined when none were asked for. */
	readonly classWeights: readonly number[] | undefined;
}

export interface Loss {
	/** The loss's own options and `classWeights`. */
	readonly optionsSchema: z.ZodObject;
	/**
	 * Adds the loss to a graph and returns the scalar's name.
	 *
	 * @param shares share of each class among what the loss judges, for class weights that are `balanced`
	 * @throws CONFIG_INVALID while building, for a head that the loss is not defined for or a wrong number of class weights
	 */
	create(options: unknown, shares?: () => readonly number[]): (g: GraphBuilder, inputs: LossInputs) => string;
}

type ClassWeighted = { readonly classWeights?: ClassWeights };

/** @param only the one kind of head that the loss is defined for, when there is only one */
export function loss<S extends z.ZodObject>(
	ownOptions: S,
	build: (options: z.infer<S>, g: GraphBuilder, inputs: WeighedInputs) => string,
	only?: { readonly name: string; readonly activation: Activation; readonly instead: string },
): Loss {
	const optionsSchema = ownOptions.extend({ classWeights: classWeightsOption });
	return {
		optionsSchema,
		create(raw, shares) {
			const { classWeights: wanted, ...own } = parseWith<ClassWeighted>(optionsSchema, raw, 'the options of a loss');
			if (wanted === 'balanced' && !shares)
				throw new TypeError('balanced class weights need the shares of the classes');
			return (g, inputs) => {
				if (only && inputs.activation !== only.activation) throw wrongHead(only, inputs.activation);
				const classWeights = resolveClassWeights(wanted, g.shape(inputs.logits)[1], shares);
				return build(own as z.infer<S>, g, { ...inputs, classWeights });
			};
		},
	};
}

function wrongHead({ name, activation, instead }: Record<string, string>, found: string): AndonError {
	return new AndonError('CONFIG_INVALID', {
		expected: `a ${activation} head for the loss ${name}`,
		found: `a ${found} head`,
		fix: `Use ${instead}, or give the network a ${activation} head.`,
	});
}
