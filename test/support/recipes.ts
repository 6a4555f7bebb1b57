/** A quantization recipe of a graph without any repair, and what repairs need beside it. */
import { encodeModel } from '../../src/graph/codec/codec.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { castBytesFirst } from '../../src/graph/passes/cast-bytes-first.ts';
import { audit } from '../../src/quantization/audit.ts';
import { closeness } from '../../src/quantization/closeness.ts';
import { cpuScheme } from '../../src/quantization/cpu-scheme.ts';
import { observeValues } from '../../src/quantization/observe-values.ts';
import { prepareForQuantization } from '../../src/quantization/quantize-model.ts';
import { type Bench, build, type Recipe } from '../../src/quantization/repair/repair.ts';
import type { Scheme } from '../../src/quantization/scheme.ts';
import { checkTensorrt } from '../../src/quantization/targets/check-tensorrt.ts';
import { tensorrtScheme } from '../../src/quantization/targets/tensorrt-scheme.ts';

interface TestedTarget {
	readonly target: string;
	readonly scheme: Scheme;
	prepare(graph: Graph): Graph;
	/** Whether the hardware would run a graph as meant. */
	isRight(graph: Graph): Promise<boolean>;
}

/** Targets that repairs work for. */
export const REPAIRED_TARGETS: readonly TestedTarget[] = [
	{
		target: 'cpu',
		scheme: cpuScheme,
		prepare: prepareForQuantization,
		isRight: async (graph) => (await audit(encodeModel(graph))).passed,
	},
	{
		target: 'tensorrt',
		scheme: tensorrtScheme,
		prepare: (graph) => castBytesFirst(prepareForQuantization(graph)).graph,
		isRight: async (graph) => checkTensorrt(graph).length === 0,
	},
];

export async function plainRecipe(
	float: Graph,
	images: readonly Uint8Array[],
	scheme: Scheme = cpuScheme,
): Promise<Recipe> {
	const keptInFloat = new Set<string>();
	const observed = await observeValues(float, images, [...scheme.plan(float, keptInFloat).observed]);
	return { scheme, float, keptInFloat, observed, how: { method: 'min-max' }, corrections: {} };
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
