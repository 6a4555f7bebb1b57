/** From training options to a fitted network: network, losses, optimizer, engine and evaluation put together. */
import { availableParallelism } from 'node:os';
import { AndonError } from '../base/errors.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import { foldBatchNorm } from '../graph/passes/fold-batch-norm.ts';
import { deploy } from '../networks/deploy.ts';
import { createAugmenter } from '../training/augment/index.ts';
import { ENGINES } from '../training/engines/index.ts';
import { type FitResult, fit } from '../training/fit.ts';
import type { LabelledImages } from '../training/labelled-images.ts';
import type { LossTerm } from '../training/loss-graph.ts';
import { lossTerms } from '../training/loss-terms.ts';
import { OPTIMIZERS } from '../training/optimizers/index.ts';
import { sampleSheet } from '../training/sample-sheet.ts';
import { scoreImages, selectionMetric } from '../training/score-images.ts';
import { startNetwork } from '../training/transfer/start-network.ts';
import type { TransferReport } from '../training/transfer/transfer-report.ts';
import { deploySettings } from './choose-part-score.ts';
import { runIdentity } from './run-identity.ts';
import type { Splits, TrainRequest } from './train-request.ts';

/** What training gave, and what computed it. */
export type FittedNetwork = FitResult & { readonly engine: string; readonly transfer?: TransferReport };

/** Trains the network of the options and gives back its best weights; evaluations draw sample sheets into the run's folder. */
export async function fitNetwork(request: TrainRequest, { train, val }: Splits): Promise<FittedNetwork> {
	const { options, runDir, resume, threads = availableParallelism() } = request;
	const { width, height, channels, seed, batch } = options;
	const given = { width, height, channels, seed, classes: train.classes.length };
	const { network, layout, fineTune, report } = await startNetwork(options, given);
	if (report) request.onTransfer?.(report);
	const losses = lossTerms(options, network, train);
	expectMasks(train, losses);
	const optimizer = OPTIMIZERS[options.optimizer.name].create(options.optimizer.options);
	const { clipNorm, clipValue } = options;
	const step = { network, layout, batch, losses, optimizer, clipNorm, clipValue, momentum: 0.1 };
	const engine = await ENGINES[request.engine ?? 'ort']({ ...step, threads });
	request.onEngine?.(engine.runtime);
	const augment = createAugmenter(options.augmentation, { width, height, channels });
	try {
		const fitted = await fit({
			engine,
			network,
			layout,
			data: train,
			batch,
			steps: options.steps,
			schedule: options.schedule,
			fineTune,
			sampler: options.sampler,
			augment,
			cutPaste: options.cutPaste,
			averageDecay: options.averageDecay,
			evaluateEvery: Math.ceil(options.steps / options.evaluations),
			patience: options.patience,
			seed,
			evaluate: async (candidate, step) => {
				const bytes = encodeModel(foldBatchNorm(deploy(candidate, deploySettings(options))).graph);
				const sheet = sampleSheet(val);
				const scored = await scoreImages({ bytes }, val, { threads }, sheet.add);
				await sheet.write(`${runDir}/samples/step-${String(step).padStart(6, '0')}.png`);
				return { metric: selectionMetric(scored) };
			},
			onProgress: request.onProgress,
			onWarning: request.onWarning,
			checkpoint: {
				path: `${runDir}/checkpoint.bin`,
				configuration: runIdentity(request.dataset, options, network),
				resume,
			},
		});
		return { ...fitted, engine: engine.runtime, transfer: report };
	} finally {
		await engine.close();
	}
}

/** A loss on masks would learn that unmasked defects are sound. @throws DATASET_INVALID */
export function expectMasks({ samples, hasMask }: LabelledImages, losses: readonly LossTerm[]): void {
	const missing = samples.filter((_, i) => !hasMask[i]);
	if (missing.length === 0 || !losses.some((term) => term.output === 'mask_logits')) return;
	throw new AndonError('DATASET_INVALID', {
		expected: 'a mask for every defective image, because the network learns masks',
		found: `${missing.length} without one, such as ${missing[0].id}`,
		fix: 'Add the masks, or train a classifier: --set network.options.mask=none, or --network simple-cnn.',
	});
}
