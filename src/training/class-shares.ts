/** How often training shows each class, which is what balanced class weights are made of. */
import { type LabelledImages, maskAt } from './labelled-images.ts';
import { drawProbabilities, type SamplerOptions } from './sampler.ts';

export interface ShowsClasses {
	readonly sampler: SamplerOptions;
	readonly batch: number;
}

/**
 * Shares of the classes among the images of a batch, or among the pixels of their masks, as the sampler draws them.
 *
 * @param channels of the head that is judged; one channel tells only sound from defective
 * @returns two shares for one channel, else one a channel; they add up to 1
 */
export function classShares(
	data: LabelledImages,
	on: 'mask' | 'score',
	channels: number,
	{ sampler, batch }: ShowsClasses,
): readonly number[] {
	const shares = new Array<number>(Math.max(2, channels)).fill(0);
	const probabilities = drawProbabilities(data.samples, sampler, batch);
	const put = (label: number, weight: number) => {
		shares[channels === 1 ? Math.min(label, 1) : label] += weight;
	};
	for (const [i, probability] of probabilities.entries()) {
		if (on === 'score') put(data.samples[i].label, probability);
		else if (data.hasMask[i]) for (const label of maskAt(data, i)) put(label, probability);
	}
	const total = shares.reduce((sum, share) => sum + share, 0);
	return shares.map((share) => share / total);
}
