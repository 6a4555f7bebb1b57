/** Weights of classes in a loss: what is rare can count as much as what is common. */
import { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import { float32 } from '../../graph/graph.ts';

/**
 * One weight a class: sound and defect for a sigmoid head, every channel for a softmax head; or one for what is sound and one
 * for every kind of defect, however many there are. `balanced` is one over how often training shows each class.
 */
export const classWeightsOption = z
	.union([
		z.literal('balanced'),
		z.strictObject({ sound: z.number().min(0), defect: z.number().positive() }),
		z
			.array(z.number().min(0))
			.min(2)
			.refine((weights) => weights.some((weight) => weight > 0), 'at least one weight above 0'),
	])
	.optional();

export type ClassWeights = z.infer<typeof classWeightsOption>;

/**
 * @param option as it was given
 * @param channels of the logits
 * @param shares share of each class among what the loss judges, only needed for `balanced`
 * @returns one weight a class; for `balanced` 1 / (K · share) of K classes (King and Zeng 2001), 0 for a class without a share
 * @throws CONFIG_INVALID when there are more or fewer weights than classes
 */
export function resolveClassWeights(
	option: ClassWeights,
	channels: number,
	shares: (() => readonly number[]) | undefined,
): readonly number[] | undefined {
	if (option === undefined) return undefined;
	const weights = weightsOf(option, channels === 1 ? 2 : channels, shares);
	expectWeightPerClass(weights, channels);
	return weights;
}

function weightsOf(
	option: NonNullable<ClassWeights>,
	classes: number,
	shares: (() => readonly number[]) | undefined,
): readonly number[] {
	if (option === 'balanced') return shares!().map((share, _, { length }) => (share > 0 ? 1 / (length * share) : 0));
	if (!('sound' in option)) return option;
	return Array.from({ length: classes }, (_, i) => (i === 0 ? option.sound : option.defect));
}

function expectWeightPerClass(weights: readonly number[], channels: number): void {
	const classes = channels === 1 ? 2 : channels;
	if (weights.length === classes) return;
	throw new AndonError('CONFIG_INVALID', {
		expected: channels === 1 ? '2 class weights (sound, defect) for a sigmoid head' : `${classes} class weights`,
		found: `${weights.length}: ${weights.join(', ')}`,
		fix: 'Give one weight a class, the sound one first, or `balanced`.',
	});
}

interface Weighed {
	readonly target: string;
	readonly classWeights: readonly number[] | undefined;
}

/** The weight of each element's true class, [N, 1, …]; undefined when all count the same. */
export function elementWeights(g: GraphBuilder, { target, classWeights }: Weighed): string | undefined {
	if (!classWeights) return undefined;
	if (g.shape(target)[1] > 1) return g.reduceSum(g.mul(target, alongChannels(g, target, classWeights)), [1], 1);
	const [sound, defect] = classWeights;
	return g.add(g.mul(target, g.scalar(defect - sound)), g.scalar(sound));
}

/** Σ w·x / Σ w over all elements, the plain mean without weights; a scalar. 0 when nothing has a weight. */
export function weightedMean(g: GraphBuilder, x: string, weights: string | undefined): string {
	return perWeight(g, weights ? g.mul(x, weights) : x, weights);
}

/** Σ x / Σ w, for values that have been weighed already. */
export function perWeight(g: GraphBuilder, x: string, weights: string | undefined): string {
	const axes = g.shape(x).map((_, axis) => axis);
	if (!weights) return g.reduceMean(x, axes);
	// Of weights that sum up to nothing the numerator is 0 as well.
	return g.div(g.reduceSum(x, axes), g.op('Max', [g.reduceSum(weights, axes), g.scalar(1e-12)]));
}

/** One value a channel, shaped to broadcast over `like` [N, C, …]. */
export function alongChannels(g: GraphBuilder, like: string, values: readonly number[]): string {
	return g.constant(
		float32(
			[
				1,
				values.length,
				...g
					.shape(like)
					.slice(2)
					.map(() => 1),
			],
			values,
		),
	);
}
