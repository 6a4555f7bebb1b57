/** What an optimizer is: the update of one flat vector of parameters, as nodes of the training graph. */
import type { z } from 'zod';
import type { GraphBuilder } from '../../graph/builder.ts';

/** Names of values in the graph; vectors are float32 [P]. */
export interface UpdateInputs {
	readonly weights: string;
	readonly gradient: string;
	/** The optimizer's own vectors, in the order of `state`. */
	readonly state: readonly string[];
	/** Scalars fed at every step, in the order of `scalars`. */
	readonly scalars: readonly string[];
	/** 1 where weight decay applies (weights), 0 where it does not (biases, normalisation). */
	readonly decayed: string;
}

export interface Update {
	readonly weights: string;
	readonly state: readonly string[];
}

export interface Optimizer {
	/** Its name in the table, and its options with every default filled in, for engines that have their own. */
	readonly name: 'adam' | 'sgd';
	readonly options: Readonly<Record<string, unknown>>;
	/** How many vectors of state it keeps. */
	readonly state: number;
	/** Values of its scalars at a step, counted from 1. */
	scalars(step: number, learningRate: number): readonly number[];
	update(g: GraphBuilder, inputs: UpdateInputs): Update;
}

export interface OptimizerFactory {
	readonly optionsSchema: z.ZodObject;
	create(options: unknown): Optimizer;
}
