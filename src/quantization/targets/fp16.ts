/** The float16 model for GPUs: mixed precision, proved not to overflow; what would overflow stays in float32. */
import type { Graph } from '../../graph/graph.ts';
import { LARGEST_HALF } from '../../graph/half.ts';
import { castBytesFirst } from '../../graph/passes/cast-bytes-first.ts';
import { foldConstants } from '../../graph/passes/fold-constants.ts';
import { type HalfGraph, type KeptInFloat, toHalf } from '../../graph/passes/to-half.ts';
import type { Sample } from '../sample.ts';
import { checkHalf, type Frame, framesFor, type HalfCheck, HEADROOM, measureExtremes } from './check-half.ts';
import { evenly } from './evenly.ts';

export interface HalfReport {
	/** How many values are float16. */
	readonly halves: number;
	readonly inFloat: readonly KeptInFloat[];
	/** Numbers beyond ±65504 in constants, which are ±65504 now. */
	readonly saturated: number;
	readonly check: HalfCheck;
}

/** Calibration images that the model is tried on, beside the adversarial frames. */
const TRIED = 16;

export interface HalfOptions {
	readonly threads?: number;
	/** What drives the model to its extremes (default: adversarial images, for models that take raw images). */
	readonly adversarial?: readonly Frame[];
}

/** @param graph a float model: takes raw images, or the tensors that the samples hold */
export async function writeHalf(
	graph: Graph,
	samples: readonly Sample[],
	{ threads = 1, adversarial }: HalfOptions = {},
): Promise<{ graph: Graph; report: HalfReport }> {
	const float = castBytesFirst(foldConstants(graph).graph).graph;
	const frames = framesFor(float, evenly(samples, TRIED), adversarial);
	const activations = ({ halves }: HalfGraph) => [...halves.keys()].filter((name) => !float.initializers.has(name));
	const extremes = await measureExtremes(float, activations(toHalf(float)), frames, threads);
	const tooLarge = extremes.filter(({ magnitude }) => magnitude * HEADROOM > LARGEST_HALF).map(({ value }) => value);
	const half = toHalf(float, { tooLarge: new Set(tooLarge) });
	const check = await checkHalf(float, half, frames, extremes, threads);
	const saturated = [...half.saturated.values()].reduce((sum, count) => sum + count, 0);
	return { graph: half.graph, report: { halves: activations(half).length, inFloat: half.inFloat, saturated, check } };
}
