/** Puts a gate in front of the inspector of a bundle, if that costs nothing of what its threshold promises. */
import { AndonError } from '../../base/errors.ts';
import { CALIBRATION_FILE, type Calibration, certifyingScores } from '../../bundle/calibration.ts';
import { withCascadeReferences } from '../../bundle/cascade/cascade-parity.ts';
import type { CascadeManifest } from '../../bundle/cascade/cascade-schema.ts';
import { chooseGateThreshold, harmlessThreshold } from '../../bundle/cascade/choose-gate-threshold.ts';
import { compositeScores, floorsOf, type GatedExposure } from '../../bundle/cascade/composite-scores.ts';
import { recertify } from '../../bundle/cascade/recertify.ts';
import { type Manifest, type Precision, REPORT_FILE } from '../../bundle/manifest.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import { operatingPointOf } from '../../bundle/operating-point-of.ts';
import { draftFrom, writeBundle } from '../../bundle/write-bundle.ts';
import { decodeModel } from '../../graph/codec/codec.ts';
import { openInspector } from '../../inference/inspector-model.ts';
import { openModel } from '../../inference/model.ts';
import { randomImage, timeInTurns } from '../../quantization/measure-speed.ts';
import { feedsOf } from '../../quantization/sample.ts';
import type { Gate } from './prepare-gate.ts';
import { CHOOSING_SPLIT, type GateData, scoreWithGate } from './score-with-gate.ts';

export interface CascadeOptions {
	/** Share of the flagged defective images of `val` that must pass the gate. */
	readonly keep: number;
	/** The gate's threshold, set by a person who did not look at the certifying parts; chosen on `val` if absent. */
	readonly threshold?: number;
	/** Of the processor, for scoring and for speed (default 1). */
	readonly threads?: number;
}

const GATE_FILE = 'gate.onnx';
/** Turns of the measurement of speed. */
const TURNS = 30;

/**
 * The gate's threshold is chosen on `val`; the operating point is then certified again, at the threshold it has, by what gate and
 * inspector together give for the certifying parts.
 *
 * @returns the bundle as it was written
 * @throws GATE_REFUSED when a certifying part would be lost, naming the gate threshold at which none would be;
 *   DATASET_INVALID; nothing is written then
 */
export async function addCascade(bundle: Bundle, gate: Gate, data: GateData, options: CascadeOptions): Promise<Bundle> {
	const { threads = 1 } = options;
	expectWholeImages(bundle);
	const exposures = await scoreWithGate(bundle, gate.bytes, data, { threads });
	const cascade: CascadeManifest = {
		gate: { role: 'gate', precision: gate.precision, file: GATE_FILE, name: gate.name, network: gate.network },
		...chooseThreshold(bundle, gate, exposures, options),
		keep: options.keep,
		dataset: data.dataset.name,
		speed: await measure(bundle, gate, threads),
	};
	const { certifyingSplit } = bundle.calibration();
	const calibration = compositeCalibration(certifyingSplit, exposures, cascade);
	const points = pointsBehind(bundle.manifest, calibration, cascade);
	return writeCascade(bundle, gate, cascade, points, calibration);
}

/** A gate that was certified on whole images says nothing of tiles. */
function expectWholeImages(bundle: Bundle): void {
	const { view } = bundle.calibration();
	if (!view) return;
	throw new AndonError('GATE_REFUSED', {
		expected: 'a bundle whose parts were calibrated as whole images',
		found: 'parts that were seen through a view',
		fix: 'Do without a gate, or tune the bundle without --view.',
	});
}

function chooseThreshold(
	bundle: Bundle,
	gate: Gate,
	exposures: readonly GatedExposure[],
	{ keep, threshold }: CascadeOptions,
): Pick<CascadeManifest, 'threshold' | 'chosenOn' | 'floors'> {
	const { defaultPrecision: precision, manifest } = bundle;
	const { certifyingSplit } = bundle.calibration();
	const inspectorThreshold = manifest.operatingPoint.threshold;
	const wanted = { precision, inspectorThreshold, gatePrecision: gate.precision };
	const choice = chooseGateThreshold(exposures, { ...wanted, keep, split: CHOOSING_SPLIT, threshold });
	const floors = floorsOf(exposures, certifyingSplit, choice.threshold);
	if (inspectorThreshold > floors[precision]) return { ...choice, floors };
	const harmless = harmlessThreshold(exposures, { ...wanted, split: certifyingSplit });
	throw refused(certifyingSplit, inspectorThreshold, choice.threshold, harmless, exposures);
}

function compositeCalibration(
	certifyingSplit: string,
	exposures: readonly GatedExposure[],
	{ threshold, floors }: CascadeManifest,
): Calibration {
	const composite = exposures.map((each) => ({ ...each, scores: compositeScores(each, threshold, floors as never) }));
	return { formatVersion: 1, certifyingSplit, exposures: composite };
}

type Points = Pick<Manifest, 'operatingPoint' | 'otherOperatingPoints'>;

/** @throws GATE_REFUSED when the default model's promise does not hold; of other models the floor keeps the gate off then */
function pointsBehind(manifest: Manifest, calibration: Calibration, { threshold }: CascadeManifest): Points {
	const behind = (precision: Precision) => {
		const scores = certifyingScores(calibration, precision, manifest.classes);
		return scores && recertify(operatingPointOf(manifest, precision), scores);
	};
	const operatingPoint = behind(manifest.operatingPoint.precision as Precision);
	if (!operatingPoint)
		throw new AndonError('GATE_REFUSED', {
			expected: `what the threshold promises, behind a gate at ${digits(threshold)}`,
			found: 'scores that no longer prove it',
			fix: 'Use a better gate, or tune the bundle first.',
		});
	const others = Object.entries(manifest.otherOperatingPoints ?? {}).map(
		([precision, point]) => [precision, behind(precision as Precision) ?? point] as const,
	);
	return { operatingPoint, ...(others.length > 0 && { otherOperatingPoints: Object.fromEntries(others) }) };
}

async function writeCascade(
	bundle: Bundle,
	gate: Gate,
	cascade: CascadeManifest,
	points: Points,
	calibration: Calibration,
): Promise<Bundle> {
	const { manifest, files } = draftFrom(bundle);
	const inspector = await openInspector({ bytes: gate.bytes, input: manifest.input });
	try {
		const references = await withCascadeReferences(bundle, inspector.inspect, cascade.threshold);
		return await writeBundle(bundle.dir, {
			manifest: {
				...manifest,
				version: `${Number(manifest.version) + 1 || `${manifest.version}-gated`}`,
				...points,
				cascade,
			},
			files: new Map<string, Uint8Array | string>([
				...[...files].filter(([path]) => path !== REPORT_FILE),
				[GATE_FILE, gate.bytes],
				[CALIBRATION_FILE, `${JSON.stringify(calibration)}\n`],
				references,
			]),
		});
	} finally {
		await inspector.close();
	}
}

async function measure(bundle: Bundle, gate: Gate, threads: number): Promise<CascadeManifest['speed']> {
	const models = [await openModel(gate.bytes, { threads }), await openModel(bundle.model(), { threads })];
	try {
		const graph = decodeModel(gate.bytes);
		const [gateMs, inspectorMs] = await timeInTurns(models, feedsOf(graph, randomImage(graph)), TURNS);
		return { gateMs, inspectorMs, threads };
	} finally {
		for (const model of models) await model.close();
	}
}

function refused(
	split: string,
	inspectorThreshold: number,
	threshold: number,
	harmless: number,
	exposures: readonly GatedExposure[],
): AndonError {
	const gated = exposures.filter((each) => each.split === split && each.defective && each.gate < threshold).length;
	const share = exposures.filter((each) => each.split === split && !each.defective && each.gate < harmless).length;
	const sound = exposures.filter((each) => each.split === split && !each.defective).length;
	return new AndonError('GATE_REFUSED', {
		expected: `every defective part of \`${split}\` that the threshold ${digits(inspectorThreshold)} flags to pass the gate`,
		found: `a gate at ${digits(threshold)}, chosen on \`${CHOOSING_SPLIT}\`, that loses at least one of them (${gated} defective images are below it)`,
		fix:
			`A gate at ${digits(harmless)} or below would lose none of them and pass by ${share} of ${sound} sound images. ` +
			'To choose it by these parts would spend them: take a better gate, or a lower --threshold for a reason of your own.',
	});
}

function digits(value: number): string {
	return String(Number(value.toPrecision(4)));
}
