/** Makes the int8 model of a bundle anew from its float model; promises that rested on the old one are withdrawn. */
import { CALIBRATION_FILE, type Calibration } from '../bundle/calibration.ts';
import { type Manifest, type Precision, REPORT_FILE } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { parityInputs, writeParity } from '../bundle/parity.ts';
import { type BundleDraft, draftFrom } from '../bundle/write-bundle.ts';
import { decodeModel, encodeModel } from '../graph/codec/codec.ts';
import { openInspector } from '../inference/inspector-model.ts';
import { type QuantizationOptions, type QuantizationReport, quantizeModel } from '../quantization/quantize-model.ts';
import { recommendPrecision } from '../quantization/recommend-precision.ts';

export interface QuantizedBundle {
	readonly report: QuantizationReport;
	/** The bundle to write; undefined when the int8 model came out byte for byte as it was. */
	readonly draft: BundleDraft | undefined;
	/** The default model is another one now, so its threshold has to be certified again. */
	readonly recallWithdrawn: boolean;
}

const FILE = 'inspector.int8.onnx';

/**
 * @param images raw bytes, uint8[height,width,channels] of the bundle's input size
 * @throws BUNDLE_INVALID without a float model, and what quantization throws
 */
export async function quantizeBundle(
	bundle: Bundle,
	images: readonly Uint8Array[],
	options: QuantizationOptions = {},
): Promise<QuantizedBundle> {
	const fp32 = bundle.model('fp32');
	const { graph, report } = await quantizeModel(decodeModel(fp32), images, options);
	const int8 = encodeModel(graph);
	const before = bundle.manifest.models.find(({ precision }) => precision === 'int8');
	if (before && Buffer.from(bundle.read(before.file)).equals(int8))
		return { report, draft: undefined, recallWithdrawn: false };
	const precision = bundle.defaultPrecision === 'int8' ? recommendPrecision(report) : bundle.defaultPrecision;
	const isSame = precision === 'fp32' && bundle.defaultPrecision === 'fp32';
	const { operatingPoint } = bundle.manifest;
	const file = before?.file ?? FILE;
	const { manifest, files } = draftFrom(bundle);
	// The report speaks of the model before.
	const kept = [...files].filter(([path]) => !path.startsWith('parity/') && path !== REPORT_FILE);
	const draft: BundleDraft = {
		manifest: {
			...manifest,
			version: nextVersion(manifest.version),
			createdAt: new Date().toISOString(),
			models: modelsOf(manifest, file, precision),
			operatingPoint: isSame ? operatingPoint : { threshold: operatingPoint.threshold, method: 'fixed', precision },
			metrics: { ...(isSame ? manifest.metrics : {}), quantization: report },
		},
		files: new Map([
			...kept,
			[file, int8],
			[CALIBRATION_FILE, `${JSON.stringify(withoutScores(bundle.calibration()))}\n`],
			...(await parityFiles(bundle, { fp32, int8 })),
		]),
	};
	return { report, draft, recallWithdrawn: !isSame && operatingPoint.method === 'guaranteed-recall' };
}

function nextVersion(version: string): string {
	return /^\d+$/.test(version) ? String(Number(version) + 1) : `${version}+int8`;
}

function modelsOf({ models }: Pick<Manifest, 'models'>, file: string, precision: Precision): Manifest['models'] {
	const others = models.filter((model) => model.precision !== 'int8');
	const all = [...others, { role: 'inspector' as const, precision: 'int8' as const, file, default: false }];
	return all.map((model) => ({ ...model, default: model.precision === precision }));
}

/** Scores of the old int8 model say nothing of the new one. */
function withoutScores(calibration: Calibration): Calibration {
	return {
		...calibration,
		exposures: calibration.exposures.map(({ scores: { int8: _, ...scores }, ...exposure }) => ({
			...exposure,
			scores,
		})),
	};
}

async function parityFiles(bundle: Bundle, models: Readonly<Record<Precision, Uint8Array>>) {
	const { input } = bundle.manifest;
	const fp32 = await openInspector({ bytes: models.fp32, input });
	const int8 = await openInspector({ bytes: models.int8, input });
	try {
		return await writeParity(parityInputs(bundle), { fp32: fp32.inspect, int8: int8.inspect });
	} finally {
		await fp32.close();
		await int8.close();
	}
}
