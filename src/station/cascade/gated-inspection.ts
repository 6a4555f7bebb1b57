/** Inspects a part with the gate exactly where the operating point in force allows it, also when it changes meanwhile. */
import type { CascadeManifest } from '../../bundle/cascade/cascade-schema.ts';
import { whyGateIsOff } from '../../bundle/cascade/why-gate-is-off.ts';
import type { CascadeInspector } from '../../inference/cascade-inspector.ts';
import type { Inspected } from '../../inference/inspector-model.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { HoldBand } from '../decision/judge.ts';
import type { Policy } from '../decision/policy.ts';

/** Of a model with a gate. */
export interface Gated {
	readonly manifest: CascadeManifest;
	readonly precision: string;
	readonly throughView: boolean;
	readonly inspector: CascadeInspector;
}

interface Rules {
	readonly holdBand?: HoldBand;
	readonly policy: Policy;
	/** In force at the moment of asking. */
	operatingPoint(): OperatingPoint;
}

/** @param inspect runs the model that `gated` switches */
export async function gatedInspection<T extends { readonly inspected: Inspected }>(
	gated: Gated | undefined,
	rules: Rules,
	inspect: () => Promise<T>,
): Promise<T> {
	if (!gated) return inspect();
	const mayRun = () => {
		const { threshold } = rules.operatingPoint();
		const severity = rules.policy.rules.map(({ text }) => text);
		const { precision, throughView, manifest } = gated;
		return (
			whyGateIsOff(manifest, { precision, threshold, throughView, holdBand: rules.holdBand, severity }) === undefined
		);
	};
	gated.inspector.gating = mayRun();
	const seen = await inspect();
	// A person may have lowered the threshold while it ran.
	if (seen.inspected.gateScore === undefined || mayRun()) return seen;
	gated.inspector.gating = false;
	return inspect();
}
