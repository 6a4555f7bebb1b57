/** Goes on training a float model with the rounding of its quantized form in the graph, so that the weights learn to live with it. */
import { availableParallelism } from 'node:os';
import type { Graph, Tensor } from '../graph/graph.ts';
import { insertFakeQuantization } from '../quantization/fake-quantization/insert-fake-quantization.ts';
import { logitsNetwork } from '../quantization/fake-quantization/logits-network.ts';
import { planQuantization } from '../quantization/plan.ts';
import { rangesOf } from '../quantization/ranges/index.ts';
import type { Recipe, Repair } from '../quantization/repair/repair.ts';
import { shareParameters } from '../quantization/share-parameters.ts';
import { createAugmenter } from '../training/augment/index.ts';
import { ENGINES, type EngineName } from '../training/engines/index.ts';
import { type FitProgress, type FitResult, fit } from '../training/fit.ts';
import type { LabelledImages } from '../training/labelled-images.ts';
import { lossTerms } from '../training/loss-terms.ts';
import { OPTIMIZERS } from '../training/optimizers/index.ts';
import { type ParameterLayout, parameterLayout } from '../training/parameters.ts';
import type { TrainOptions } from '../training/train-options.ts';
import { expectMasks } from './fit-network.ts';

/** Settings of a training that hold when it goes on. */
export const LASTING = [
	'losses',
	'optimizer',
	'schedule',
	'sampler',
	'augmentation',
	'cutPaste',
	'batch',
	'clipNorm',
	'clipValue',
	'averageDecay',
	'seed',
] as const satisfies readonly (keyof TrainOptions)[];

export interface FineTuning {
	readonly train: LabelledImages;
	readonly options: Pick<TrainOptions, (typeof LASTING)[number]>;
	readonly steps: number;
	/** Highest learning rate (default: a twentieth of the training's). */
	readonly rate?: number;
	/** How often weights are judged (default 4). */
	readonly evaluations?: number;
	/** What trains (default `ort`). */
	readonly engine?: EngineName;
	readonly threads?: number;
	readonly onProgress?: (progress: FitProgress) => void;
}

/** The average of the weights reaches over a tenth of the steps at most, so that it follows a short run. */
const AVERAGED_OUT = 10;

export interface FineTuned {
	/** With the new weights; nothing corrects their rounding, which they were trained with. */
	readonly recipe: Recipe;
	readonly best: FitResult['best'];
}

/** The repair that is left when nothing else holds: `quantizeModel` keeps it where held-out data gain by it. */
export function fineTuning(tuning: FineTuning): Repair {
	return {
		expensive: true,
		async apply(start, { score }) {
			const { recipe, best } = await fineTuneQuantized(start, score, tuning);
			return { recipe, detail: `${tuning.steps} steps at ${rateOf(tuning)}, best after ${best.step}` };
		},
	};
}

/**
 * Weights and biases train, with batch normalisation folded into them; ranges of activations are kept.
 *
 * @param judge scores what a recipe makes, larger is better; the best weights are given back
 * @throws MODEL_UNSUPPORTED when the model was not deployed by us, TRAINING_DIVERGED
 */
export async function fineTuneQuantized(
	start: Recipe,
	judge: (recipe: Recipe) => Promise<number>,
	tuning: FineTuning,
): Promise<FineTuned> {
	const { train, options, steps, evaluations = 4, threads = availableParallelism() } = tuning;
	const { batch, clipNorm, clipValue } = options;
	const network = roundingNetwork(start);
	const layout = parameterLayout(network, isOutsideNormalizations(network));
	const losses = lossTerms(options, network, train);
	expectMasks(train, losses);
	const optimizer = OPTIMIZERS[options.optimizer.name].create(options.optimizer.options);
	const step = { network, layout, batch, losses, optimizer, clipNorm, clipValue, momentum: 0 };
	const engine = await ENGINES[tuning.engine ?? 'ort']({ ...step, threads });
	try {
		const { network: trained, best } = await fit({
			engine,
			network,
			layout,
			data: train,
			batch,
			steps,
			schedule: { ...options.schedule, rate: rateOf(tuning) },
			sampler: options.sampler,
			augment: createAugmenter(options.augmentation, train),
			cutPaste: options.cutPaste,
			averageDecay: Math.min(options.averageDecay, 1 - AVERAGED_OUT / Math.max(AVERAGED_OUT, steps)),
			evaluateEvery: Math.ceil(steps / evaluations),
			patience: 0,
			seed: options.seed,
			evaluate: async (candidate) => ({ metric: await judge(withWeights(start, candidate, layout)) }),
			onProgress: tuning.onProgress,
		});
		return { recipe: withWeights(start, trained, layout), best };
	} finally {
		await engine.close();
	}
}

function rateOf({ rate, options }: FineTuning): number {
	return rate ?? options.schedule.rate / 20;
}

/** The network inside the recipe's model, from images to logits, with rounding where the recipe rounds. */
function roundingNetwork({ float, keptInFloat, observed, how }: Recipe): Graph {
	const parameters = shareParameters(float, planQuantization(float, keptInFloat), rangesOf(observed, how));
	return insertFakeQuantization(logitsNetwork(float), parameters, keptInFloat);
}

/** Normalisations that could not be folded keep their statistics, and so their scale and shift. */
function isOutsideNormalizations({ nodes }: Graph): (name: string) => boolean {
	const normalizing = nodes.filter(({ op }) => op === 'BatchNormalization');
	const names = new Set(normalizing.flatMap(({ inputs }) => inputs.slice(1)));
	return (name) => !names.has(name);
}

function withWeights({ float, ...recipe }: Recipe, trained: Graph, { trainable }: ParameterLayout): Recipe {
	const initializers = new Map<string, Tensor>(float.initializers);
	for (const { name } of trainable) initializers.set(name, trained.initializers.get(name)!);
	return { ...recipe, float: { ...float, initializers }, corrections: {} };
}
