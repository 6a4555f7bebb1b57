/** The end of a training run: models, scores, references and figures become a bundle. */
import { join } from 'node:path';
import { writeAtomic } from '../base/write-atomic.ts';
import { CALIBRATION_FILE, type Calibration } from '../bundle/calibration.ts';
import { type Manifest, type Precision, REPORT_FILE } from '../bundle/manifest.ts';
import { openBundle } from '../bundle/open-bundle.ts';
import { type BundleDraft, writeBundle } from '../bundle/write-bundle.ts';
import { decodeModel } from '../graph/codec/codec.ts';
import { imageAt, type LabelledImages } from '../training/labelled-images.ts';
import { renderReport } from '../training/report/render-report.ts';
import type { InspectionReport } from '../training/report/report-data.ts';
import { TRAINING_FILE, type TrainingRecord } from '../training/report/training-record.ts';
import type { ScoredImages } from '../training/score-images.ts';
import { driftFiles } from './drift-file.ts';
import { explainerOf } from './explainer-of.ts';
import type { FittedNetwork } from './fit-network.ts';
import { referenceResults } from './reference-results.ts';
import { collectInspection } from './report/collect-inspection.ts';
import type { StageClock } from './report/stage-clock.ts';
import { trainingRecord } from './report/training-record.ts';
import type { TrainResult } from './train.ts';
import type { Splits, TrainRequest } from './train-request.ts';
import { metricsOf } from './write-targets.ts';

const EXPLAINER_FILE = 'explainer.fp32.onnx';

export interface TrainedParts {
	readonly models: ReadonlyMap<Precision, Uint8Array>;
	/** Of the default model. */
	readonly precision: Precision;
	readonly points: Pick<Manifest, 'operatingPoint' | 'otherOperatingPoints'>;
	readonly iouCorrections: Manifest['iouCorrections'];
	readonly exposures: Calibration;
	readonly splits: Splits;
	readonly result: Omit<TrainResult, 'bundle' | 'seconds'>;
	readonly fitted: FittedNetwork;
	/** The scores of `test`. */
	readonly scored: ReadonlyMap<Precision, ScoredImages>;
}

/**
 * Draws the report, keeps it in the run's folder too, and writes the bundle.
 *
 * @throws BUNDLE_INVALID, FILE_UNWRITABLE; the bundle that was there stays
 */
export async function writeTrainedBundle(request: TrainRequest, parts: TrainedParts, clock: StageClock): Promise<void> {
	const { out, runDir } = request;
	const { models, splits } = parts;
	clock.begin('drawing the report');
	const explainer = explainerOf(models.get('fp32')!);
	const manifest = { ...(await manifestOf(request, parts)), ...(explainer && { explainer: EXPLAINER_FILE }) };
	const { report, training } = await drawReport(request, parts, manifest, clock);
	const page = renderReport(report);
	await writeAtomic(join(runDir, REPORT_FILE), page);
	await writeAtomic(join(runDir, 'report.json'), `${JSON.stringify(report)}\n`);
	clock.begin('writing the bundle');
	const files = new Map<string, Uint8Array | string>([
		...Array.from(models, ([precision, bytes]) => [fileOf(precision), bytes] as const),
		...(explainer ? [[EXPLAINER_FILE, explainer] as const] : []),
		[CALIBRATION_FILE, `${JSON.stringify(parts.exposures)}\n`],
		[TRAINING_FILE, `${JSON.stringify(training)}\n`],
		[REPORT_FILE, page],
		...(await parityFiles(models, splits.test)),
		...driftFiles({
			dataset: request.dataset.name,
			bank: splits.val,
			held: splits.test,
			models,
			scores: testScores(parts),
		}),
	]);
	await writeBundle(out, { manifest, files });
}

function testScores({ scored }: TrainedParts) {
	return new Map(Array.from(scored, ([precision, { images }]) => [precision, images.map((image) => image.score)]));
}

async function manifestOf(request: TrainRequest, parts: TrainedParts): Promise<BundleDraft['manifest']> {
	const { options, dataset, out, name } = request;
	const { width, height, channels } = options;
	const { models, precision, result, fitted } = parts;
	return {
		name,
		version: await nextVersion(out, name),
		createdAt: new Date().toISOString(),
		input: { width, height, channels },
		outputs: outputsOf(models.get('fp32')!),
		classes: [...dataset.classes],
		models: Array.from(models.keys(), (p) => ({
			role: 'inspector' as const,
			precision: p,
			file: fileOf(p),
			default: p === precision,
		})),
		...parts.points,
		iouCorrections: parts.iouCorrections,
		metrics: {
			test: { image: result.image, pixel: result.pixel, n: result.n },
			val: { image: result.val.image, pixel: result.val.pixel, n: result.val.n },
			...metricsOf(result.targets, result.defaultPrecision, result.providers),
		},
		training: {
			dataset: dataset.name,
			options,
			best: result.best,
			...(result.partScore && { partScore: result.partScore }),
			...(result.transfer && { transfer: { ...result.transfer, matched: result.transfer.matched.length } }),
			history: fitted.history,
		},
	};
}

/** `val` is what is changed to measure robustness: `test` certifies, and must not guide the next training. */
async function drawReport(
	request: TrainRequest,
	{ models, splits, fitted, scored, result }: TrainedParts,
	manifest: BundleDraft['manifest'],
	clock: StageClock,
): Promise<{ report: InspectionReport; training: TrainingRecord }> {
	const metric = result.pixel ? 'mean of AP and macro IoU' : 'AP';
	const training = trainingRecord(request, fitted, metric, clock.stages(), result.partScore);
	const report = await collectInspection({
		manifest,
		models,
		scored,
		dataset: request.dataset,
		split: 'test',
		data: splits.test,
		changed: { split: 'val', data: splits.val },
		training,
		samplesDir: join(request.runDir, 'samples'),
	});
	const stages = clock.stages();
	return { report: { ...report, run: { ...report.run!, stages } }, training: { ...training, stages } };
}

/** The outputs as the manifest names them. */
function outputsOf(model: Uint8Array): Manifest['outputs'] {
	const names = decodeModel(model).outputs.map((output) => output.name);
	return {
		score: 'score',
		...(names.includes('mask') && { mask: 'mask' }),
		...(names.includes('class_scores') && { classScores: 'class_scores' }),
		...(names.includes('labels') && { labels: 'labels' }),
	};
}

/** One more than the bundle of the same name that is replaced. */
async function nextVersion(dir: string, name: string): Promise<string> {
	const previous = await openBundle(dir).catch(() => undefined);
	const version = previous?.manifest.name === name ? Number(previous.manifest.version) : 0;
	return String(Number.isInteger(version) ? version + 1 : 1);
}

function fileOf(precision: Precision): string {
	return `inspector.${precision}.onnx`;
}

/** Reference results on two sound and two defective frames. */
function parityFiles(models: TrainedParts['models'], data: LabelledImages) {
	const pick = (defective: boolean) =>
		data.samples.flatMap((sample, i) => (sample.defective === defective ? [i] : [])).slice(0, 2);
	const inputs = [...pick(false), ...pick(true)].map((i) => imageAt(data, i));
	const input = { width: data.width, height: data.height, channels: data.channels };
	return referenceResults(inputs, input, models);
}
