/** Equalizes the channels between convolutions, then calibrates anew, because the values between them are others now. */
import { observeValues } from '../observe-values.ts';
import { planQuantization } from '../plan.ts';
import { equalizeGraph } from './equalize-graph.ts';
import type { Repair } from './repair.ts';

export const equalize: Repair = {
	expensive: false,
	async apply(recipe, { samples, threads }) {
		const { graph, values } = equalizeGraph(recipe.float, (name) => recipe.observed.get(name)?.channelMagnitudes);
		if (values.length === 0) return { nothing: 'no convolution leads to convolutions alone' };
		const { integers } = planQuantization(graph, recipe.keptInFloat);
		const observed = await observeValues(graph, samples, [...integers], threads);
		const most = Math.max(...values.map(({ largestFactor }) => largestFactor));
		return {
			recipe: { ...recipe, float: graph, observed, corrections: {} },
			detail: `${values.length} values, single channels amplified up to ${most.toFixed(1)} times`,
		};
	},
};
