/** From the losses of the settings to the terms of a training step, for the heads that a network has. */
import { AndonError } from '../base/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { classShares } from './class-shares.ts';
import type { LabelledImages } from './labelled-images.ts';
import type { LossTerm } from './loss-graph.ts';
import { LOSSES } from './losses/index.ts';
import type { TrainOptions } from './train-options.ts';

/**
 * Losses on a head that the network lacks are left out. Balanced class weights are made from `data` as it is sampled.
 *
 * @throws CONFIG_INVALID when no loss is left, or the options of one are wrong
 */
export function lossTerms(
	{ losses, sampler, batch }: Pick<TrainOptions, 'losses' | 'sampler' | 'batch'>,
	network: Graph,
	data: LabelledImages,
): readonly LossTerm[] {
	const seen = new Map<string, number>();
	const terms = losses.flatMap(({ name, on, weight, options }) => {
		const output = on === 'mask' ? 'mask_logits' : 'score_logits';
		const head = network.outputs.find((value) => value.name === output);
		if (!head) return [];
		const count = (seen.get(`${on}.${name}`) ?? 0) + 1;
		seen.set(`${on}.${name}`, count);
		const shares = () => classShares(data, on, head.shape![1] as number, { sampler, batch });
		const title = count === 1 ? `${on}.${name}` : `${on}.${name}-${count}`;
		return [{ name: title, output, weight, build: LOSSES[name].create(options, shares) } as const];
	});
	if (terms.length > 0) return terms;
	throw new AndonError('CONFIG_INVALID', {
		expected: `a loss on an output of the network (${network.outputs.map(({ name }) => name).join(', ')})`,
		found: losses.map(({ name, on }) => `${name} on ${on}`).join(', '),
		fix: 'Add a loss on `mask` or `score`, or give the network that head.',
	});
}
