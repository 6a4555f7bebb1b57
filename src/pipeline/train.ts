/** Labelled images in, a bundle out: fit, quantize, score, certify, write. */
import { type Calibration, certifyingScores } from '../bundle/calibration.ts';
import type { Manifest, Precision } from '../bundle/manifest.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { foldBatchNorm } from '../graph/passes/fold-batch-norm.ts';
import { type Evaluation, evaluation } from '../metrics/evaluation.ts';
import { fitIouCorrection } from '../metrics/mask-iou/fit-iou-correction.ts';
import type { MaskShift } from '../metrics/mask-shift.ts';
import type { PartScoreChoice } from '../metrics/part-score/choose-part-score.ts';
import { type VerdictFlips, verdictFlips } from '../metrics/verdict-flips.ts';
import { type DeployOptions, deploy } from '../networks/deploy.ts';
import type { ProviderAudit } from '../quantization/audit-providers.ts';
import type { QuantizationReport } from '../quantization/quantize-model.ts';
import { LARGEST_DROP, type Recommendation, recommendPrecision } from '../quantization/recommend-precision.ts';
import type { TargetReports } from '../quantization/targets/index.ts';
import type { FitResult } from '../training/fit.ts';
import type { GradientWarning } from '../training/gradient-health.ts';
import { imageAt, type LabelledImages } from '../training/labelled-images.ts';
import { type ScoredImages, scoreImages, selectionMetric } from '../training/score-images.ts';
import type { TransferReport } from '../training/transfer/transfer-report.ts';
import { chooseOperatingPoint, expectCertifiable } from './choose-operating-point.ts';
import { deploySettings, partScoreOf, withPartScore } from './choose-part-score.ts';
import { expectFreeFolder } from './expect-free-folder.ts';
import { faithfulness } from './faithfulness.ts';
import { fineTuning } from './fine-tune-quantized.ts';
import { fitNetwork } from './fit-network.ts';
import { loadSplits } from './load-splits.ts';
import { modelToScore } from './model-to-score.ts';
import { stageClock } from './report/stage-clock.ts';
import type { Splits, TrainRequest } from './train-request.ts';
import { DEFAULT_TARGETS, measureProviders, writeTargets } from './write-targets.ts';
import { writeTrainedBundle } from './write-trained-bundle.ts';

export interface TrainResult extends Evaluation {
	readonly bundle: string;
	readonly val: Evaluation;
	/** The same test images through the float model. */
	readonly fp32: Evaluation;
	/** Of the model for CPUs; undefined when it was not wanted, as `targets` holds the others. */
	readonly quantization: QuantizationReport | undefined;
	readonly targets: TargetReports;
	/** The speed of all models by execution provider of this host. */
	readonly providers: readonly ProviderAudit[];
	/** Which model a CPU station runs, and why. */
	readonly defaultPrecision: Recommendation;
	/** What becomes of the float model's verdicts on `test` with the default model, at its operating point. */
	readonly flips: VerdictFlips;
	readonly best: FitResult['best'];
	/** What was added to the mask's logits, chosen on `val`; undefined when nothing was chosen. */
	readonly maskShift: MaskShift | undefined;
	/** What the score is made of, when `val` chose or taught it. */
	readonly partScore: PartScoreChoice | undefined;
	readonly stoppedEarly: boolean;
	/** What trained: package, version and device. */
	readonly engine: string;
	/** What of a file of weights was loaded, when there was one. */
	readonly transfer?: TransferReport;
	readonly gradientWarnings: readonly GradientWarning[];
	readonly seconds: { readonly fit: number; readonly total: number };
}

/**
 * Trains and writes a bundle.
 *
 * `val` chooses the weights; `test` is touched once, to certify the threshold and to quote the figures.
 *
 * @throws before training RECALL_NOT_CERTIFIABLE when `test` holds too few defective parts for the wanted recall, and
 *   BUNDLE_INVALID or USAGE when the bundle could not be written
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
	const { dataset, options } = request;
	const clock = stageClock(request.onStage);
	const started = performance.now();
	expectCertifiable(dataset, options);
	await expectFreeFolder(request);
	clock.begin('reading images');
	const splits = await loadSplits(dataset, options);
	clock.begin('training');
	const fitted = await fitNetwork(request, splits);
	const fitSeconds = (performance.now() - started) / 1000;
	clock.begin('quantizing');
	const maskShift = options.shiftMask ? await findMaskShift(request, splits.val, fitted.network) : undefined;
	const settings = { ...deploySettings(options), maskShift: maskShift?.shift };
	const partScore = await partScoreFor(request, fitted.network, splits.val, settings);
	const float = foldBatchNorm(deploy(fitted.network, partScore ? withPartScore(settings, partScore) : settings)).graph;
	const calibration = calibrationImages(splits.train);
	const reference = await scoreImages({ bytes: encodeModel(float) }, splits.val, request);
	const { models: derived, reports } = await writeTargets(float, calibration, request.targets ?? DEFAULT_TARGETS, {
		threads: request.threads,
		fineTuning: fineTuningOf(request, splits.train),
		score: async (graph) =>
			faithfulness(reference, await scoreImages({ bytes: encodeModel(graph) }, splits.val, request)),
		floatScore: faithfulness(reference, reference),
	});
	const models = new Map<Precision, Uint8Array>([['fp32', encodeModel(float)], ...derived]);
	const providers = await measureProviders(models, request);
	clock.begin('scoring');
	const scored = await scoreModels(models, splits, request.threads);
	const defaultPrecision = recommend(reports, scored);
	const { precision } = defaultPrecision;
	const exposures = calibrationOf(scored);
	const { operatingPoint, otherOperatingPoints } = choosePoints(exposures, [...models.keys()], precision, options);
	const evaluate = ({ images, pixel }: ScoredImages) => evaluation(images, operatingPoint, pixel);
	const result = {
		...evaluate(scored.get(precision)!.test),
		val: evaluate(scored.get(precision)!.val),
		fp32: evaluate(scored.get('fp32')!.test),
		quantization: reports.cpu,
		targets: reports,
		providers,
		defaultPrecision,
		flips: flipsOf(scored, precision, operatingPoint.threshold),
		best: fitted.best,
		maskShift,
		partScore,
		stoppedEarly: fitted.stoppedEarly,
		engine: fitted.engine,
		transfer: fitted.transfer,
		gradientWarnings: fitted.gradients.warnings,
	};
	const tested = new Map(Array.from(scored, ([name, { test }]) => [name, test]));
	const points = { operatingPoint, otherOperatingPoints };
	const iouCorrections = iouCorrectionsOf(scored);
	const parts = { models, precision, points, iouCorrections, exposures, splits, result, fitted, scored: tested };
	await writeTrainedBundle(request, parts, clock);
	const seconds = { fit: fitSeconds, total: (performance.now() - started) / 1000 };
	return { ...result, bundle: request.out, seconds };
}

/** The cut of the mask that covers defects best on `val`; undefined for a network without a mask. */
async function findMaskShift(
	request: TrainRequest,
	val: LabelledImages,
	network: Graph,
): Promise<MaskShift | undefined> {
	const bytes = encodeModel(foldBatchNorm(deploy(network, deploySettings(request.options))).graph);
	return (await scoreImages({ bytes }, val, request)).maskShift ?? undefined;
}

async function partScoreFor(
	{ options, threads }: TrainRequest,
	network: Graph,
	val: LabelledImages,
	settings: DeployOptions,
) {
	const { score } = options;
	return score === 'auto' || score === 'learned' ? partScoreOf(network, val, score, settings, { threads }) : undefined;
}

function fineTuningOf({ options, engine, threads, onProgress }: TrainRequest, train: LabelledImages) {
	const { steps, rate } = options.quantizationAware;
	return steps > 0 ? fineTuning({ train, options, steps, rate, engine, threads, onProgress }) : undefined;
}

/** Up to 128 training images, spread evenly, sound and defective. */
function calibrationImages(data: LabelledImages): Uint8Array[] {
	const count = Math.min(128, data.samples.length);
	return Array.from({ length: count }, (_, i) => imageAt(data, Math.floor((i * data.samples.length) / count)));
}

type Scored = ReadonlyMap<Precision, { readonly val: ScoredImages; readonly test: ScoredImages }>;

async function scoreModels(
	models: ReadonlyMap<Precision, Uint8Array>,
	{ val, test }: Splits,
	threads?: number,
): Promise<Scored> {
	const scored = new Map<Precision, { val: ScoredImages; test: ScoredImages }>();
	for (const [precision, deployed] of models) {
		const bytes = modelToScore(precision, deployed);
		scored.set(precision, {
			val: await scoreImages({ bytes }, val, { threads }),
			test: await scoreImages({ bytes }, test, { threads }),
		});
	}
	return scored;
}

/** Judged on `val`, which chose the int8 model too; `test` must not choose. */
function recommend({ cpu }: TargetReports, scored: Scored): Recommendation {
	if (!cpu) return { precision: 'fp32', reason: 'no model for CPUs was asked for' };
	const [float, int8] = (['fp32', 'int8'] as const).map((name) => selectionMetric(scored.get(name)!.val));
	return recommendPrecision(cpu, { drop: float - int8, limit: LARGEST_DROP });
}

/** Each model is certified on its own scores; a station runs the one that suits its provider, not the better of them. */
function choosePoints(
	exposures: Calibration,
	precisions: readonly Precision[],
	precision: Precision,
	options: TrainRequest['options'],
): Pick<Manifest, 'operatingPoint' | 'otherOperatingPoints'> {
	const pointOf = (name: Precision) => chooseOperatingPoint(certifyingScores(exposures, name)!, name, options);
	const others = precisions.filter((name) => name !== precision);
	return {
		operatingPoint: pointOf(precision),
		otherOperatingPoints: Object.fromEntries(others.map((name) => [name, pointOf(name)])),
	};
}

/** Scores of `val` and `test` under every precision; `test` was used for no choice and so certifies. */
function calibrationOf(scored: Scored): Calibration {
	const exposures = (['val', 'test'] as const).flatMap((split) =>
		scored.get('fp32')![split].images.map(({ id, group, class: name, defective }, i) => ({
			image: id,
			group,
			class: name,
			defective,
			split,
			scores: Object.fromEntries(Array.from(scored, ([precision, by]) => [precision, by[split].images[i].score])),
		})),
	);
	return { formatVersion: 1, certifyingSplit: 'test', exposures };
}

/** Each model's masks are its own, and so is what is expected of them; `val` chooses. */
function iouCorrectionsOf(scored: Scored): Manifest['iouCorrections'] {
	const found = Array.from(scored, ([name, { val }]) => [name, val.ious && fitIouCorrection(val.ious.pairs)] as const);
	const chosen = found.filter(([, correction]) => correction);
	return chosen.length > 0 ? Object.fromEntries(chosen) : undefined;
}

function flipsOf(scored: Scored, precision: Precision, threshold: number): VerdictFlips {
	const [float, deployed] = (['fp32', precision] as const).map((name) => scored.get(name)!.test.images);
	return verdictFlips(float, deployed, threshold);
}
