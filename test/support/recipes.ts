/** A quantization recipe of a graph without any repair, and what repairs need beside it. */
import type { Graph } from '../../src/graph/graph.ts';
import { closeness } from '../../src/quantization/closeness.ts';
import { observeValues } from '../../src/quantization/observe-values.ts';
import { planQuantization } from '../../src/quantization/plan.ts';
import { type Bench, build, type Recipe } from '../../src/quantization/repair/repair.ts';

export async function plainRecipe(float: Graph, images: readonly Uint8Array[]): Promise<Recipe> {
	const observed = await observeValues(float, images, [...planQuantization(float).integers]);
	return { float, keptInFloat: new Set(), observed, how: { method: 'min-max' }, corrections: {} };
}

/** Judges by closeness to the float model. */
export function benchOf(float: Graph, images: readonly Uint8Array[], wanted = Number.POSITIVE_INFINITY): Bench {
	const score = async (recipe: Recipe) => closeness(float, build(recipe).graph, images);
	return { samples: images, some: images, threads: 1, wanted, worthwhile: 0, score };
}

/** @throws when there was nothing to repair */
export function repaired(result: { recipe: Recipe; detail: string } | { nothing: string }): Recipe {
	if ('nothing' in result) throw new Error(`nothing to repair: ${result.nothing}`);
	return result.recipe;
}
