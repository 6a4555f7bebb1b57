/** Equalizes the channels between convolutions, then calibrates anew, because the values between them are others now. */
import { observeValues } from '../observe-values.ts';
import { equalizeGraph } from './equalize-graph.ts';
import { planOf, type Repair } from './repair.ts';

export const equalize: Repair = {
	expensive: false,
	async apply(recipe, { samples, threads }) {
		const { graph, values, bounds } = equalizeGraph(
			recipe.float,
			(name) => recipe.observed.get(name)?.channelMagnitudes,
		);
		if (values.length === 0) return { nothing: 'no convolution leads to convolutions alone' };
		const equalized = { ...recipe, float: graph, corrections: {} };
		const observed = await observeValues(graph, samples, [...planOf(equalized).observed], threads);
		const most = Math.max(...values.map(({ largestFactor }) => largestFactor));
		const slows = bounds > 0 && !recipe.scheme.absorbsBounds;
		return {
			recipe: { ...equalized, observed },
			detail:
				`${values.length} values, single channels amplified up to ${most.toFixed(1)} times` +
				(slows ? `; ${bounds} ReLU6 are a ReLU and a bound per channel, which takes time` : ''),
			slows,
		};
	},
};
