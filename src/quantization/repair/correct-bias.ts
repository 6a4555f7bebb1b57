/** Biases take back what rounding the weights does to the mean of each output channel. */
import type { Repair } from './repair.ts';

/** Nagel et al. 2019 (Data-Free Quantization), section 4.2, with the means that calibration measured: E[x]·(ŵ − w). */
export const correctBias: Repair = {
	expensive: false,
	async apply(recipe) {
		const channelMeans = new Map(Array.from(recipe.observed, ([name, { channelMeans }]) => [name, channelMeans]));
		return {
			recipe: { ...recipe, corrections: { ...recipe.corrections, channelMeans } },
			detail: 'from the mean of every input channel',
		};
	},
};
