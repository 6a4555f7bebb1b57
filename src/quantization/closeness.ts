/** How close a quantized model stays to its float model, where nothing labelled is at hand to judge by. */
import type { Graph } from '../graph/graph.ts';
import { compareValues } from './compare-values.ts';
import type { Sample } from './sample.ts';

/** In dB; outputs that do not differ at all count as this. */
const NO_NOISE = 100;

/** Signal to noise of the float outputs, 10·log₁₀(Σx² / Σ(x−x̂)²), on average over the outputs, in dB. */
export async function closeness(float: Graph, quantized: Graph, samples: readonly Sample[]): Promise<number> {
	const outputs = float.outputs.filter(({ type }) => type === 'float32');
	const differences = await compareValues(float, quantized, new Map(outputs.map(({ name }) => [name, name])), samples);
	const sum = Array.from(differences.values(), ({ sqnrDb }) => sqnrDb ?? NO_NOISE).reduce((a, b) => a + b, 0);
	return sum / Math.max(1, differences.size);
}
