/** The end of a training run: models, scores, references and figures become a bundle. */
import { CALIBRATION_FILE, type Calibration } from '../bundle/calibration.ts';
import type { Manifest, Precision } from '../bundle/manifest.ts';
import { openBundle } from '../bundle/open-bundle.ts';
import { writeParity } from '../bundle/parity.ts';
import { writeBundle } from '../bundle/write-bundle.ts';
import { decodeModel } from '../graph/codec/codec.ts';
import { openInspector } from '../inference/inspector-model.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import type { FitResult } from '../training/fit.ts';
import { imageAt, type LabelledImages } from '../training/labelled-images.ts';
import type { TrainResult } from './train.ts';
import type { Splits, TrainRequest } from './train-request.ts';

export interface TrainedParts {
	readonly models: Readonly<Record<Precision, Uint8Array>>;
	readonly precision: Precision;
	readonly operatingPoint: OperatingPoint;
	readonly exposures: Calibration;
	readonly splits: Splits;
	readonly result: Omit<TrainResult, 'bundle' | 'seconds'>;
	readonly history: FitResult['history'];
}

/** @throws BUNDLE_INVALID, FILE_UNWRITABLE; the bundle that was there stays */
export async function writeTrainedBundle(request: TrainRequest, parts: TrainedParts): Promise<void> {
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
			training: { dataset: dataset.name, options, best: result.best, history: parts.history },
		},
		files,
	});
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
