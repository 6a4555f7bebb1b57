/** The end of a training run: models, scores, references and figures become a bundle. */
import { join } from 'node:path';
import { writeAtomic } from '../base/write-atomic.ts';
import { CALIBRATION_FILE, type Calibration } from '../bundle/calibration.ts';
import { type Manifest, type Precision, REPORT_FILE } from '../bundle/manifest.ts';
import { openBundle } from '../bundle/open-bundle.ts';
import { writeParity } from '../bundle/parity.ts';
import { type BundleDraft, writeBundle } from '../bundle/write-bundle.ts';
import { decodeModel } from '../graph/codec/codec.ts';
import { openInspector } from '../inference/inspector-model.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { imageAt, type LabelledImages } from '../training/labelled-images.ts';
import { renderReport } from '../training/report/render-report.ts';
import type { InspectionReport } from '../training/report/report-data.ts';
import { TRAINING_FILE, type TrainingRecord } from '../training/report/training-record.ts';
import type { ScoredImages } from '../training/score-images.ts';
import type { FittedNetwork } from './fit-network.ts';
import { collectInspection } from './report/collect-inspection.ts';
import type { StageClock } from './report/stage-clock.ts';
import { trainingRecord } from './report/training-record.ts';
import type { TrainResult } from './train.ts';
import type { Splits, TrainRequest } from './train-request.ts';

export interface TrainedParts {
	readonly models: Readonly<Record<Precision, Uint8Array>>;
	readonly precision: Precision;
	readonly operatingPoint: OperatingPoint;
	readonly exposures: Calibration;
	readonly splits: Splits;
	readonly result: Omit<TrainResult, 'bundle' | 'seconds'>;
	readonly fitted: FittedNetwork;
	/** The scores of `test`. */
	readonly scored: Readonly<Record<Precision, ScoredImages>>;
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
	const manifest = await manifestOf(request, parts);
	const { report, training } = await drawReport(request, parts, manifest, clock);
	const page = renderReport(report);
	await writeAtomic(join(runDir, REPORT_FILE), page);
	await writeAtomic(join(runDir, 'report.json'), `${JSON.stringify(report)}\n`);
	clock.begin('writing the bundle');
	const files = new Map<string, Uint8Array | string>([
		['inspector.fp32.onnx', models.fp32],
		['inspector.int8.onnx', models.int8],
		[CALIBRATION_FILE, `${JSON.stringify(parts.exposures)}\n`],
		[TRAINING_FILE, `${JSON.stringify(training)}\n`],
		[REPORT_FILE, page],
		...(await parityFiles(models, splits.test)),
	]);
	await writeBundle(out, { manifest, files });
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
		outputs: outputsOf(models.fp32),
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
		training: {
			dataset: dataset.name,
			options,
			best: result.best,
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
	const training = trainingRecord(request, fitted, metric, clock.stages());
	const report = await collectInspection({
		manifest,
		models: new Map([
			['int8', models.int8],
			['fp32', models.fp32],
		]),
		scored: new Map([
			['int8', scored.int8],
			['fp32', scored.fp32],
		]),
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

/** Reference results on two sound and two defective frames. */
async function parityFiles(models: TrainedParts['models'], data: LabelledImages) {
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
