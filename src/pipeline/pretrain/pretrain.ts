/** Images of any kinds in, a classifier out: what a backbone learns before it sees the first defect. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import { REPORT_FILE } from '../../bundle/manifest.ts';
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Classification } from '../../metrics/classification.ts';
import { createAugmenter } from '../../training/augment/index.ts';
import { classifyImages } from '../../training/classify-images.ts';
import type { Dataset, Split } from '../../training/datasets/dataset.ts';
import { loadSamples } from '../../training/datasets/load-split.ts';
import { ENGINES, type EngineName } from '../../training/engines/index.ts';
import { type FitProgress, type FitResult, fit, type HistoryEntry } from '../../training/fit.ts';
import type { GradientWarning } from '../../training/gradient-health.ts';
import type { LabelledImages } from '../../training/labelled-images.ts';
import { LOSSES } from '../../training/losses/index.ts';
import { OPTIMIZERS } from '../../training/optimizers/index.ts';
import { parameterLayout } from '../../training/parameters.ts';
import { renderReport } from '../../training/report/render-report.ts';
import { stepsPerEpoch } from '../../training/sampler.ts';
import { type StartNetwork, startNetwork } from '../../training/transfer/start-network.ts';
import type { TransferReport } from '../../training/transfer/transfer-report.ts';
import { classificationReport } from '../report/classification-report.ts';
import { drawConfused, surestMistakes } from '../report/draw-confused.ts';
import { stageClock } from '../report/stage-clock.ts';
import { runIdentity } from '../run-identity.ts';
import { chooseSamples } from './choose-samples.ts';
import type { PretrainOptions } from './pretrain-options.ts';

export interface PretrainRequest {
	readonly dataset: Dataset;
	readonly options: PretrainOptions;
	/** Where the model and the figures go. */
	readonly out: string;
	readonly resume: boolean;
	/** What trains; ONNX Runtime unless told otherwise. */
	readonly engine?: EngineName;
	readonly threads?: number;
	readonly onTransfer?: (report: TransferReport) => void;
	/** Is told which package computes, and on what. */
	readonly onEngine?: (runtime: string) => void;
	readonly onStage?: (stage: string) => void;
	readonly onImages?: (done: number, total: number) => void;
	readonly onProgress?: (progress: FitProgress) => void;
	/** Is told once of every kind of trouble with gradients. */
	readonly onWarning?: (warning: GradientWarning) => void;
}

export interface PretrainResult {
	readonly test: Classification;
	readonly val: Classification;
	readonly images: Readonly<Record<Split, number>>;
	readonly parameters: number;
	/** Parameters that learn from the first step on; the rest is frozen. */
	readonly trained: number;
	/** What became of the file of weights, when there is one. */
	readonly transfer?: TransferReport;
	/** Accuracy and loss on `train` and `val` after every epoch. */
	readonly history: readonly HistoryEntry[];
	readonly best: FitResult['best'];
	readonly seconds: { readonly fit: number; readonly total: number };
	/** The trained network, ONNX: what `andon train --weights` takes. */
	readonly model: string;
	/** The page that shows it. */
	readonly report: string;
}

/** Training images whose accuracy is followed, enough for a curve. */
const FOLLOWED = 2000;

/**
 * Trains on `train`, keeps the weights of the epoch that is best on `val`, and quotes `test`.
 *
 * @throws DATASET_INVALID when a wanted class is missing or a split is empty, CONFIG_INVALID when layers are frozen without
 *   weights, and what reading weights throws
 */
export async function pretrain(request: PretrainRequest): Promise<PretrainResult> {
	const { dataset, options, out, onStage, threads = availableParallelism() } = request;
	const started = performance.now();
	const clock = stageClock(onStage);
	clock.begin('reading images');
	const splits = await loadSplits(request);
	clock.begin('training');
	const start = await startKinds(request, splits.train);
	const fitted = await fitKinds(request, start, splits, threads);
	const fitSeconds = (performance.now() - started) / 1000;
	clock.begin('scoring');
	const sure = surestMistakes(splits.test);
	const [val, test] = [
		await classifyImages(fitted.network, splits.val, { threads }),
		await classifyImages(fitted.network, splits.test, { threads, onImage: sure.add }),
	];
	const model = join(out, 'model.onnx');
	await writeAtomic(model, encodeModel(fitted.network));
	const count = (split: Split) => splits[split].samples.length;
	const result = {
		test,
		val,
		images: { train: count('train'), val: count('val'), test: count('test') },
		parameters: parameterLayout(start.network).trainableSize,
		trained: start.layout.trainableSize,
		transfer: start.report,
		history: fitted.history,
		best: fitted.best,
		seconds: { fit: fitSeconds, total: (performance.now() - started) / 1000 },
		model,
		report: join(out, REPORT_FILE),
	};
	await writeAtomic(join(out, 'result.json'), `${JSON.stringify({ dataset: dataset.name, options, ...result })}\n`);
	clock.begin('drawing the report');
	const mistakes = await drawConfused(fitted.network, splits.test, sure.places());
	const report = classificationReport(request, {
		...result,
		gradients: fitted.gradients,
		mistakes,
		stages: clock.stages(),
	});
	await writeAtomic(result.report, renderReport(report));
	return result;
}

type Splits = Readonly<Record<Split, LabelledImages>>;

async function loadSplits({ dataset, options, onImages }: PretrainRequest): Promise<Splits> {
	const size = { width: options.width, height: options.height, channels: options.channels };
	const chosen = chooseSamples(dataset, options);
	const load = async (split: Split): Promise<LabelledImages> => ({
		...size,
		...(await loadSamples(chosen, expectSome(chosen, split), { ...size, withMasks: false, onSample: onImages })),
	});
	return { train: await load('train'), val: await load('val'), test: await load('test') };
}

function expectSome(dataset: Dataset, split: Split) {
	const samples = dataset.samples.filter((sample) => sample.split === split);
	if (samples.length > 0) return samples;
	throw new AndonError('DATASET_INVALID', {
		expected: `images in the split ${split} of ${dataset.name}`,
		found: 'none',
		fix: 'Arrange them as train/<class> and test/<class>, or as <class> alone; missing splits are cut from what there is.',
	});
}

async function startKinds({ options, onTransfer }: PretrainRequest, train: LabelledImages): Promise<StartNetwork> {
	const { width, height, channels, seed, transfer } = options;
	if (transfer.freeze.length > 0 && transfer.weights === undefined)
		throw new AndonError('CONFIG_INVALID', {
			expected: 'weights for a network whose layers are frozen',
			found: 'none, so that random layers would stay random',
			fix: 'Give --weights, or train all layers with --set transfer.freeze=[].',
		});
	const steps = stepsPerEpoch(train.samples.length, options.batch) * options.epochs;
	const heads = { score: 'softmax', mask: 'none', classes: train.classes.length };
	const start = await startNetwork({ ...options, steps }, { ...heads, width, height, channels, seed });
	if (start.report) onTransfer?.(start.report);
	return start;
}

async function fitKinds(request: PretrainRequest, start: StartNetwork, { train, val }: Splits, threads: number) {
	const { options, out, resume, onProgress, onWarning } = request;
	const { network, layout, fineTune } = start;
	const engine = await ENGINES[request.engine ?? 'ort']({
		network,
		layout,
		batch: options.batch,
		losses: [
			{
				name: 'categorical-crossentropy',
				output: 'score_logits',
				weight: 1,
				build: LOSSES['categorical-crossentropy'].create({ smoothing: options.smoothing }),
			},
		],
		optimizer: OPTIMIZERS[options.optimizer.name].create(options.optimizer.options),
		clipNorm: options.clipNorm,
		momentum: 0.1,
		threads,
	});
	request.onEngine?.(engine.runtime);
	const perEpoch = stepsPerEpoch(train.samples.length, options.batch);
	try {
		return await fit({
			engine,
			network,
			layout,
			data: train,
			batch: options.batch,
			steps: perEpoch * options.epochs,
			schedule: options.schedule,
			fineTune,
			sampler: { order: 'shuffle', defectShare: 0 },
			augment: createAugmenter(options.augmentation, train),
			averageDecay: 0,
			evaluateEvery: perEpoch,
			patience: 0,
			seed: options.seed,
			evaluate: (candidate) => evaluateEpoch(candidate, train, val, threads),
			onProgress,
			onWarning,
			checkpoint: {
				path: join(out, 'checkpoint.bin'),
				configuration: runIdentity(request.dataset, options, network),
				resume,
			},
		});
	} finally {
		await engine.close();
	}
}

async function evaluateEpoch(network: Graph, train: LabelledImages, val: LabelledImages, threads: number) {
	const seen = await classifyImages(network, train, { threads, limit: FOLLOWED });
	const fresh = await classifyImages(network, val, { threads });
	const figures = {
		'train accuracy': seen.accuracy,
		'val accuracy': fresh.accuracy,
		'train loss': seen.loss,
		'val loss': fresh.loss,
	};
	return { metric: fresh.accuracy, figures };
}
