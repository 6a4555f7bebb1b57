/** What a loss is: nodes added to a graph that end in one scalar. */
import type { z } from 'zod';
import type { GraphBuilder } from '../../graph/builder.ts';

/** What a loss compares; names of values in the graph. */
export interface LossInputs {
	/** Logits, [N, 1, height, width] for masks or [N, 1] for scores. */
	readonly logits: string;
	/** Truth in {0, 1} of the same shape. */
	readonly target: string;
	/** 1 for defective images, 0 for sound ones, [N, 1]. */
	readonly defective: string;
}

export interface Loss {
	readonly optionsSchema: z.ZodObject;
	/** Adds the loss to a graph and returns the scalar's name. */
	create(options: unknown): (g: GraphBuilder, inputs: LossInputs) => string;
}

export function loss<S extends z.ZodObject>(
	optionsSchema: S,
	build: (options: z.infer<S>, g: GraphBuilder, inputs: LossInputs) => string,
): Loss {
	return {
		optionsSchema,
		create(raw) {
			const options = optionsSchema.parse(raw) as z.infer<S>;
			return (g, inputs) => build(options, g, inputs);
		},
	};
}
