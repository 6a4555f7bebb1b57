/** Labelled images in, a bundle out: fit, quantize, score, certify, write. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { AndonError } from '../base/errors.ts';
import { CALIBRATION_FILE, type Calibration, certifyingScores } from '../bundle/calibration.ts';
import type { Precision } from '../bundle/manifest.ts';
import { openBundle } from '../bundle/open-bundle.ts';
import { writeParity } from '../bundle/parity.ts';
import { writeBundle } from '../bundle/write-bundle.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import { foldBatchNorm } from '../graph/passes/fold-batch-norm.ts';
import { openInspector } from '../inference/inspector-model.ts';
import { type Evaluation, evaluation } from '../metrics/evaluation.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { deploy } from '../networks/deploy.ts';
import { NETWORKS } from '../networks/index.ts';
import { type QuantizationReport, quantizeModel } from '../quantization/quantize-model.ts';
import { recommendPrecision } from '../quantization/recommend-precision.ts';
import { createAugmenter } from '../training/augment/index.ts';
import type { Dataset, Split } from '../training/datasets/dataset.ts';
import { loadSplit } from '../training/datasets/load-split.ts';
import { openOrtEngine } from '../training/engines/ort/ort-engine.ts';
import { type FitProgress, type FitResult, fit } from '../training/fit.ts';
import { imageAt, type LabelledImages } from '../training/labelled-images.ts';
import { LOSSES } from '../training/losses/index.ts';
import { OPTIMIZERS } from '../training/optimizers/index.ts';
import { parameterLayout } from '../training/parameters.ts';
import { sampleSheet } from '../training/sample-sheet.ts';
import { type ScoredImages, scoreImages, selectionMetric } from '../training/score-images.ts';
import type { TrainOptions } from '../training/train-options.ts';
import { chooseOperatingPoint, expectCertifiable } from './choose-operating-point.ts';

export interface TrainRequest {
	readonly dataset: Dataset;
	readonly options: TrainOptions;
	/** Where the bundle goes. */
	readonly out: string;
	readonly name: string;
	/** Where pictures and checkpoints of the run go. */
	readonly runDir: string;
	readonly resume: boolean;
	/** Threads of ONNX Runtime (default: all cores for training, one for deployed models). */
	readonly threads?: number;
	readonly onStage?: (stage: string) => void;
	readonly onProgress?: (progress: FitProgress) => void;
}

export interface TrainResult extends Evaluation {
	readonly bundle: string;
	readonly val: Evaluation;
	/** The same test images through the float model. */
	readonly fp32: Evaluation;
	readonly quantization: QuantizationReport;
	/** Parts of `test` whose verdict differs between float and int8 at the operating point, as a share. */
	readonly flippedVerdicts: number;
	readonly best: FitResult['best'];
	readonly stoppedEarly: boolean;
	readonly seconds: { readonly fit: number; readonly total: number };
}

interface Splits {
	readonly train: LabelledImages;
	readonly val: LabelledImages;
	readonly test: LabelledImages;
}

/**
 * Trains and writes a bundle.
 *
 * `val` chooses the weights; `test` is touched once, to certify the threshold and to quote the figures.
 *
 * @throws RECALL_NOT_CERTIFIABLE before training when `test` holds too few defective parts for the wanted recall
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
	const { dataset, options, onStage } = request;
	const started = performance.now();
	expectCertifiable(dataset, options);
	onStage?.('reading images');
	const splits = await loadSplits(dataset, options);
	onStage?.('training');
	expectMasks(splits.train, options);
	const fitted = await fitNetwork(request, splits);
	const fitSeconds = (performance.now() - started) / 1000;
	onStage?.('quantizing');
	const float = foldBatchNorm(deploy(fitted.network, options.score)).graph;
	const calibration = calibrationImages(splits.train);
	const reference = await scoreImages({ bytes: encodeModel(float) }, splits.val, request);
	const quantized = await quantizeModel(float, calibration, {
		threads: request.threads,
		score: async (graph) =>
			faithfulness(reference, await scoreImages({ bytes: encodeModel(graph) }, splits.val, request)),
	});
	onStage?.('scoring');
	const models = { fp32: encodeModel(float), int8: encodeModel(quantized.graph) };
	const scored = await scoreModels(models, splits, request.threads);
	const precision = recommendPrecision(quantized.report);
	const exposures = calibrationOf(scored);
	const operatingPoint = chooseOperatingPoint(certifyingScores(exposures, precision)!, precision, options);
	const evaluate = ({ images, pixel }: ScoredImages) => evaluation(images, operatingPoint, pixel);
	const result = {
		...evaluate(scored[precision].test),
		val: evaluate(scored[precision].val),
		fp32: evaluate(scored.fp32.test),
		quantization: quantized.report,
		flippedVerdicts: flipped(scored.fp32.test, scored.int8.test, operatingPoint.threshold),
		best: fitted.best,
		stoppedEarly: fitted.stoppedEarly,
	};
	onStage?.('writing the bundle');
	await write(request, { models, precision, operatingPoint, exposures, splits, result, history: fitted.history });
	const seconds = { fit: fitSeconds, total: (performance.now() - started) / 1000 };
	return { ...result, bundle: request.out, seconds };
}

/** How well a quantized model stands in for the float one on `val`: what it scores, less how far its scores moved. */
function faithfulness(float: ScoredImages, quantized: ScoredImages): number {
	const moved = quantized.images.map(({ score }, i) => Math.abs(score - float.images[i].score));
	return selectionMetric(quantized) - moved.reduce((sum, difference) => sum + difference, 0) / moved.length;
}

async function loadSplits(dataset: Dataset, { width, height, channels }: TrainOptions): Promise<Splits> {
	const size = { width, height, channels };
	const load = async (split: Split) => ({ ...size, ...(await loadSplit(dataset, split, size)) });
	return { train: await load('train'), val: await load('val'), test: await load('test') };
}

/** A loss on masks would learn that unmasked defects are sound. @throws DATASET_INVALID */
function expectMasks({ samples, hasMask }: LabelledImages, { losses, network }: TrainOptions): void {
	const missing = samples.filter((_, i) => !hasMask[i]);
	if (missing.length === 0 || network.name === 'simple-cnn' || !losses.some((term) => term.on === 'mask')) return;
	throw new AndonError('DATASET_INVALID', {
		expected: 'a mask for every defective image, because the network learns masks',
		found: `${missing.length} without one, such as ${missing[0].id}`,
		fix: 'Add the masks, or train a classifier with --set network.name=simple-cnn.',
	});
}

async function fitNetwork(request: TrainRequest, { train, val }: Splits): Promise<FitResult> {
	const { options, runDir, resume, threads = availableParallelism() } = request;
	const { width, height, channels, seed, batch, clipNorm } = options;
	const network = NETWORKS[options.network.name].create({ ...options.network.options, width, height, channels, seed });
	const outputs = network.outputs.map((output) => output.name);
	const losses = options.losses
		.map(({ name, on, weight, options }) => ({
			name: `${on}.${name}`,
			output: on === 'mask' ? ('mask_logits' as const) : ('score_logit' as const),
			weight,
			build: LOSSES[name].create(options),
		}))
		.filter((term) => outputs.includes(term.output));
	const layout = parameterLayout(network);
	const optimizer = OPTIMIZERS[options.optimizer.name].create(options.optimizer.options);
	const engine = await openOrtEngine({ network, layout, batch, losses, optimizer, clipNorm, momentum: 0.1, threads });
	const augment = createAugmenter(options.augmentation, { width, height, channels });
	try {
		return await fit({
			engine,
			network,
			layout,
			data: train,
			batch,
			steps: options.steps,
			schedule: options.schedule,
			sampler: options.sampler,
			augment,
			cutPaste: options.cutPaste,
			averageDecay: options.averageDecay,
			evaluateEvery: Math.ceil(options.steps / options.evaluations),
			patience: options.patience,
			seed,
			evaluate: async (candidate, step) => {
				const bytes = encodeModel(foldBatchNorm(deploy(candidate, options.score)).graph);
				const sheet = sampleSheet(val);
				const scored = await scoreImages({ bytes }, val, { threads }, sheet.add);
				await sheet.write(`${runDir}/samples/step-${String(step).padStart(6, '0')}.png`);
				return selectionMetric(scored);
			},
			onProgress: request.onProgress,
			checkpoint: {
				path: `${runDir}/checkpoint.bin`,
				configuration: digest([identity(request.dataset), options]),
				resume,
			},
		});
	} finally {
		await engine.close();
	}
}

/** What makes a dataset the same one: its images and how they are split. */
function identity({ samples }: Dataset): readonly string[] {
	return samples.map((sample) => `${sample.id} ${sample.split}`);
}

function digest(value: unknown): string {
	return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** Up to 128 training images, spread evenly, sound and defective. */
function calibrationImages(data: LabelledImages): Uint8Array[] {
	const count = Math.min(128, data.samples.length);
	return Array.from({ length: count }, (_, i) => imageAt(data, Math.floor((i * data.samples.length) / count)));
}

type Scored = Record<Precision, { readonly val: ScoredImages; readonly test: ScoredImages }>;

async function scoreModels(
	models: Readonly<Record<Precision, Uint8Array>>,
	{ val, test }: Splits,
	threads?: number,
): Promise<Scored> {
	const score = async (bytes: Uint8Array) => ({
		val: await scoreImages({ bytes }, val, { threads }),
		test: await scoreImages({ bytes }, test, { threads }),
	});
	return { fp32: await score(models.fp32), int8: await score(models.int8) };
}

/** Scores of `val` and `test` under both precisions; `test` was used for no choice and so certifies. */
function calibrationOf(scored: Scored): Calibration {
	const exposures = (['val', 'test'] as const).flatMap((split) =>
		scored.fp32[split].images.map(({ id, group, class: name, defective, score }, i) => ({
			image: id,
			group,
			class: name,
			defective,
			split,
			scores: { fp32: score, int8: scored.int8[split].images[i].score },
		})),
	);
	return { formatVersion: 1, certifyingSplit: 'test', exposures };
}

function flipped(a: ScoredImages, b: ScoredImages, threshold: number): number {
	const differ = a.images.filter(({ score }, i) => score >= threshold !== b.images[i].score >= threshold);
	return differ.length / a.images.length;
}

interface Parts {
	readonly models: Readonly<Record<Precision, Uint8Array>>;
	readonly precision: Precision;
	readonly operatingPoint: OperatingPoint;
	readonly exposures: Calibration;
	readonly splits: Splits;
	readonly result: Omit<TrainResult, 'bundle' | 'seconds'>;
	readonly history: FitResult['history'];
}

async function write(request: TrainRequest, parts: Parts): Promise<void> {
	const { options, dataset, out, name } = request;
	const { width, height, channels } = options;
	const { models, precision, splits, result } = parts;
	const files = new Map<string, Uint8Array | string>([
		['inspector.fp32.onnx', models.fp32],
		['inspector.int8.onnx', models.int8],
		[CALIBRATION_FILE, `${JSON.stringify(parts.exposures)}\n`],
		...(await parityFiles(models, splits.test)),
	]);
	await writeBundle(out, {
		manifest: {
			name,
			version: await nextVersion(out, name),
			createdAt: new Date().toISOString(),
			input: { width, height, channels },
			outputs: { score: 'score', ...(result.pixel ? { mask: 'mask' as const } : {}) },
			classes: [...dataset.classes],
			models: (['fp32', 'int8'] as const).map((p) => ({
				role: 'inspector' as const,
				precision: p,
				file: `inspector.${p}.onnx`,
				default: p === precision,
			})),
			operatingPoint: parts.operatingPoint,
			metrics: {
				test: { image: result.image, pixel: result.pixel, n: result.n },
				val: { image: result.val.image, pixel: result.val.pixel, n: result.val.n },
				quantization: result.quantization,
			},
			training: { dataset: dataset.name, options, best: result.best, history: parts.history },
		},
		files,
	});
}

/** One more than the bundle of the same name that is replaced. */
async function nextVersion(dir: string, name: string): Promise<string> {
	const previous = await openBundle(dir).catch(() => undefined);
	const version = previous?.manifest.name === name ? Number(previous.manifest.version) : 0;
	return String(Number.isInteger(version) ? version + 1 : 1);
}

/** Reference results on two sound and two defective frames. */
async function parityFiles(models: Parts['models'], data: LabelledImages) {
	const pick = (defective: boolean) =>
		data.samples.flatMap((sample, i) => (sample.defective === defective ? [i] : [])).slice(0, 2);
	const inputs = [...pick(false), ...pick(true)].map((i) => imageAt(data, i));
	const input = { width: data.width, height: data.height, channels: data.channels };
	const [fp32, int8] = await Promise.all([
		openInspector({ bytes: models.fp32, input }),
		openInspector({ bytes: models.int8, input }),
	]);
	try {
		return await writeParity(inputs, { fp32: fp32.inspect, int8: int8.inspect });
	} finally {
		await Promise.all([fp32.close(), int8.close()]);
	}
}
