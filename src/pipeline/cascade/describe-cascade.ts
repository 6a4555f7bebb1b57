/** What a gate spares its inspector, from the scores and times that the bundle keeps. */
import { certifyingScores } from '../../bundle/calibration.ts';
import { type GatedExposure, gatedExposures } from '../../bundle/cascade/composite-scores.ts';
import { whyGateIsOff } from '../../bundle/cascade/why-gate-is-off.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import type { Rate } from '../../metrics/operating-point.ts';
import { rateOf, shareFlagged } from '../../metrics/operating-points/share-flagged.ts';
import { expectCascade } from './expect-cascade.ts';

/** Of one split, images as they were labelled. */
export interface SplitSaving {
	readonly split: string;
	readonly sound: Counted;
	readonly defective: Counted;
	/** When all parts are sound, as nearly all are on a line: gate for each, inspector for those that pass. */
	readonly msPerPart: number;
	readonly savedMsPerPart: number;
	/** Inspections per second of the models alone, over those without the gate. */
	readonly speedUp: number;
}

interface Counted {
	readonly n: number;
	readonly gated: number;
	readonly share?: Rate;
}

export interface CascadeReport {
	readonly dir: string;
	readonly manifestHash: string;
	readonly cascade: ReturnType<typeof expectCascade>;
	readonly gateBytes: number;
	/** Why the gate does not run at the bundle's own threshold; undefined when it does. */
	readonly whyOff?: string;
	readonly operatingPoint: Bundle['manifest']['operatingPoint'];
	/** On the certifying parts at that threshold; the recall is the same by construction. */
	readonly falseRejects: { readonly withGate?: Rate; readonly alone?: Rate };
	readonly splits: readonly SplitSaving[];
}

/** @throws USAGE when the bundle has no gate */
export function describeCascade(bundle: Bundle): CascadeReport {
	const cascade = expectCascade(bundle);
	const { dir, manifestHash, manifest, defaultPrecision: precision } = bundle;
	const { operatingPoint } = manifest;
	const calibration = bundle.calibration();
	const exposures = gatedExposures(calibration) ?? [];
	const alone = { ...calibration, exposures: exposures.map((each) => ({ ...each, scores: each.inspectorScores })) };
	const rejects = (scores: typeof calibration) =>
		shareFlagged(operatingPoint.threshold, certifyingScores(scores, precision)?.sound ?? []);
	return {
		dir,
		manifestHash,
		cascade,
		gateBytes: bundle.read(cascade.gate.file).length,
		whyOff: whyGateIsOff(cascade, { precision, threshold: operatingPoint.threshold }),
		operatingPoint,
		falseRejects: { withGate: rejects(calibration), alone: rejects(alone) },
		splits: [...Map.groupBy(exposures, ({ split }) => split)].map(([split, of]) => savingOf(split, of, cascade)),
	};
}

function savingOf(split: string, exposures: readonly GatedExposure[], cascade: CascadeReport['cascade']): SplitSaving {
	const { threshold, speed } = cascade;
	const count = (wanted: boolean) => {
		const some = exposures.filter(({ defective }) => defective === wanted);
		const gated = some.filter(({ gate }) => gate < threshold).length;
		return { n: some.length, gated, share: rateOf(gated, some.length) };
	};
	const sound = count(false);
	const passing = sound.n === 0 ? 1 : 1 - sound.gated / sound.n;
	const msPerPart = speed.gateMs + passing * speed.inspectorMs;
	return {
		split,
		sound,
		defective: count(true),
		msPerPart,
		savedMsPerPart: speed.inspectorMs - msPerPart,
		speedUp: speed.inspectorMs / msPerPart,
	};
}
