/** Makes models of a bundle anew from its float model; promises that rested on the old ones are withdrawn. */
import { CALIBRATION_FILE, type Calibration } from '../bundle/calibration.ts';
import { type Manifest, type Precision, REPORT_FILE } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { parityInputs } from '../bundle/parity.ts';
import { type BundleDraft, draftFrom } from '../bundle/write-bundle.ts';
import { decodeModel } from '../graph/codec/codec.ts';
import { guaranteesOf } from '../metrics/operating-point.ts';
import type { ProviderAudit } from '../quantization/audit-providers.ts';
import { type Recommendation, recommendPrecision } from '../quantization/recommend-precision.ts';
import type { TargetName, TargetOptions, TargetReports } from '../quantization/targets/index.ts';
import { expectNoCascade } from './cascade/expect-cascade.ts';
import { referenceResults } from './reference-results.ts';
import { measureProviders, metricsOf, type WrittenTargets, writeTargets } from './write-targets.ts';

export interface QuantizedBundle {
	readonly reports: TargetReports;
	readonly models: WrittenTargets['models'];
	/** Which model a CPU should run; undefined when no model for CPUs was asked for. */
	readonly recommendation: Recommendation | undefined;
	/** The speed of all models of the bundle by execution provider. */
	readonly providers: readonly ProviderAudit[];
	/** The models that are others now. */
	readonly changed: readonly Precision[];
	/** The bundle to write; undefined when every model came out byte for byte as it was. */
	readonly draft: BundleDraft | undefined;
	/** The models whose promise is void, because they, or the default, are others now. */
	readonly withdrawn: readonly Precision[];
}

/**
 * @param images raw bytes, uint8[height,width,channels] of the bundle's input size
 * @throws BUNDLE_INVALID without a float model, and what quantization throws
 */
export async function quantizeBundle(
	bundle: Bundle,
	images: readonly Uint8Array[],
	{ targets = ['cpu'], ...options }: TargetOptions & { readonly targets?: readonly TargetName[] } = {},
): Promise<QuantizedBundle> {
	expectNoCascade(bundle, 'quantizing');
	const { models, reports } = await writeTargets(decodeModel(bundle.model('fp32')), images, targets, options);
	const recommendation = reports.cpu && recommendPrecision(reports.cpu);
	const changed = [...models.keys()].filter((precision) => !isAsBefore(bundle, precision, models.get(precision)!));
	const all = modelBytes(bundle, models);
	const providers = await measureProviders(all, options);
	const made = { reports, models, recommendation, providers, changed };
	if (changed.length === 0) return { ...made, draft: undefined, withdrawn: [] };
	const isRemade = bundle.defaultPrecision === 'int8' && changed.includes('int8');
	const precision = isRemade ? recommendation!.precision : bundle.defaultPrecision;
	const points = pointsOf(bundle.manifest, precision, changed);
	const withdrawn = promised(bundle.manifest).filter((old) => !promised(points).includes(old));
	const isSame = precision === bundle.defaultPrecision && !changed.includes(precision);
	const { manifest, files } = draftFrom(bundle);
	const replaced = new Map(changed.map((name) => [fileOf(manifest, name), models.get(name)!]));
	// The report speaks of the models before.
	const kept = [...files].filter(([path]) => !path.startsWith('parity/') && path !== REPORT_FILE);
	const draft: BundleDraft = {
		manifest: {
			...manifest,
			version: nextVersion(manifest.version, changed),
			createdAt: new Date().toISOString(),
			models: modelsOf(manifest, changed, precision),
			...points,
			iouCorrections: keptCorrections(manifest, changed),
			metrics: { ...(isSame ? manifest.metrics : {}), ...metricsOf(reports, recommendation, providers) },
		},
		files: new Map([
			...kept,
			...replaced,
			[CALIBRATION_FILE, `${JSON.stringify(withoutScores(bundle.calibration(), changed))}\n`],
			...(await referenceResults(parityInputs(bundle), manifest.input, all)),
		]),
	};
	return { ...made, draft, withdrawn };
}

function isAsBefore(bundle: Bundle, precision: Precision, bytes: Uint8Array): boolean {
	const before = bundle.manifest.models.find((model) => model.precision === precision);
	return before !== undefined && Buffer.from(bundle.read(before.file)).equals(bytes);
}

function fileOf({ models }: Pick<Manifest, 'models'>, precision: Precision): string {
	return models.find((model) => model.precision === precision)?.file ?? `inspector.${precision}.onnx`;
}

/** The float model first. */
function modelBytes(bundle: Bundle, made: ReadonlyMap<Precision, Uint8Array>): ReadonlyMap<Precision, Uint8Array> {
	const before = bundle.manifest.models.map(({ precision }) => [precision, bundle.model(precision)] as const);
	return new Map([['fp32', bundle.model('fp32')], ...before, ...made]);
}

function nextVersion(version: string, changed: readonly Precision[]): string {
	return /^\d+$/.test(version) ? String(Number(version) + 1) : `${version}+${changed.join('.')}`;
}

function modelsOf(manifest: Pick<Manifest, 'models'>, changed: readonly Precision[], precision: Precision) {
	const others = manifest.models.filter((model) => !changed.includes(model.precision));
	const made = changed.map((name) => ({ role: 'inspector' as const, precision: name, file: fileOf(manifest, name) }));
	return [...others, ...made].map((model) => ({ ...model, default: model.precision === precision }));
}

type Points = Pick<Manifest, 'operatingPoint' | 'otherOperatingPoints'>;

/** The points that still hold: those of models that stayed. A new default without one takes the threshold, unpromised. */
function pointsOf(manifest: Manifest, precision: Precision, changed: readonly Precision[]): Points {
	const { operatingPoint, otherOperatingPoints = {} } = manifest;
	const kept = Object.entries({ ...otherOperatingPoints, [operatingPoint.precision]: operatingPoint }).filter(
		([name]) => !changed.includes(name as Precision),
	);
	const others = Object.fromEntries(kept.filter(([name]) => name !== precision));
	const known = Object.fromEntries(kept);
	return {
		operatingPoint: known[precision] ?? { threshold: operatingPoint.threshold, method: 'fixed', precision },
		otherOperatingPoints: Object.keys(others).length > 0 ? others : undefined,
	};
}

function promised({ operatingPoint, otherOperatingPoints = {} }: Points): readonly Precision[] {
	return [operatingPoint, ...Object.values(otherOperatingPoints)]
		.filter((point) => guaranteesOf(point).length > 0)
		.map(({ precision }) => precision as Precision);
}

/** Masks of old models say nothing of the new ones' either. */
function keptCorrections({ iouCorrections = {} }: Pick<Manifest, 'iouCorrections'>, changed: readonly Precision[]) {
	const kept = Object.entries(iouCorrections).filter(([name]) => !changed.includes(name as Precision));
	return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Scores of old models say nothing of the new ones. */
function withoutScores(calibration: Calibration, changed: readonly Precision[]): Calibration {
	return {
		...calibration,
		exposures: calibration.exposures.map(({ scores, ...exposure }) => ({
			...exposure,
			scores: Object.fromEntries(Object.entries(scores).filter(([name]) => !changed.includes(name as Precision))),
		})),
	};
}
