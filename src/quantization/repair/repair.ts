/** What is repaired, and what every repair looks like. */
import type { Graph } from '../../graph/graph.ts';
import type { Corrections } from '../quantize-graph.ts';
import type { RangeMethod } from '../ranges/index.ts';
import type { Observation } from '../ranges/observation.ts';
import type { Sample } from '../sample.ts';
import type { Samples } from '../samples.ts';
import type { Built, Scheme, SchemePlan } from '../scheme.ts';

/** All that a quantized model follows from; repairs make another one of it. */
export interface Recipe {
	readonly scheme: Scheme;
	readonly float: Graph;
	/** Outputs of convolutions that stay in float. */
	readonly keptInFloat: ReadonlySet<string>;
	readonly observed: ReadonlyMap<string, Observation>;
	readonly how: RangeMethod;
	readonly corrections: Corrections;
}

/** What repairs may look at. */
export interface Bench {
	readonly samples: Samples;
	/** Some of the samples, spread evenly. */
	readonly some: readonly Sample[];
	readonly threads: number;
	/** Of what a recipe makes; larger is better. */
	score(recipe: Recipe): Promise<number>;
	/** The score that is good enough. */
	readonly wanted: number;
	/** What a repair has to gain that costs speed. */
	readonly worthwhile: number;
}

export interface Repair {
	/** Expensive ones are left out where the score is good enough without them. */
	readonly expensive: boolean;
	/** Those that make the model slower have to gain more than any. */
	readonly slows?: boolean;
	apply(recipe: Recipe, bench: Bench): Promise<Repaired | { readonly nothing: string }>;
}

export interface Repaired {
	readonly recipe: Recipe;
	/** What was done. */
	readonly detail: string;
	/** Whether this model is slower by it. */
	readonly slows?: boolean;
}

export function build(recipe: Recipe): Built {
	return recipe.scheme.build(recipe);
}

export function planOf({ scheme, float, keptInFloat }: Recipe): SchemePlan {
	return scheme.plan(float, keptInFloat);
}
