/** What a loss is: nodes added to a graph that end in one scalar. */
import type { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';

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

export interface Loss {
	readonly optionsSchema: z.ZodObject;
	/** Adds the loss to a graph and returns the scalar's name. */
	create(options: unknown): (g: GraphBuilder, inputs: LossInputs) => string;
}

/** @param only the one kind of head that the loss is defined for, when there is only one */
export function loss<S extends z.ZodObject>(
	optionsSchema: S,
	build: (options: z.infer<S>, g: GraphBuilder, inputs: LossInputs) => string,
	only?: { readonly name: string; readonly activation: Activation; readonly instead: string },
): Loss {
	return {
		optionsSchema,
		create(raw) {
			const options = optionsSchema.parse(raw) as z.infer<S>;
			return (g, inputs) => {
				if (only && inputs.activation !== only.activation) throw wrongHead(only, inputs.activation);
				return build(options, g, inputs);
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
