/** Where the gate of a bundle must not run, in words: where a gated part could have counted. */
import type { CascadeManifest } from './cascade-schema.ts';
import { gateMayRun } from './gate-may-run.ts';

export interface GateRules {
	readonly precision: string;
	readonly threshold: number;
	/** Scores from so far below the threshold on go to a person. */
	readonly holdBand?: { readonly below: number };
	/** Parts are seen through a region of interest or in tiles. */
	readonly throughView?: boolean;
	/** Severity rules, as station.yaml has them. */
	readonly severity?: readonly string[];
}

/** Undefined where it runs. */
export function whyGateIsOff(cascade: CascadeManifest, rules: GateRules): string | undefined {
	const { precision, threshold, holdBand, throughView, severity = [] } = rules;
	if (throughView) return 'Parts are seen through a view; the gate was certified on whole images.';
	// `ok if …` takes back what the threshold says, and a gated part is below it anyway.
	const stricter = severity.find((text) => !/^\s*ok\s/i.test(text));
	if (stricter) return `The rule "${stricter.trim()}" must see what the gate would hide.`;
	const lowest = holdBand ? threshold - holdBand.below : threshold;
	if (gateMayRun(cascade, precision, lowest)) return undefined;
	const floor = cascade.floors[precision as keyof typeof cascade.floors];
	const what = holdBand ? 'The lower end of the hold band' : 'The threshold';
	return floor === undefined
		? `The gate was not certified with the ${precision} model.`
		: `${what}, ${digits(lowest)}, is not above ${digits(floor)}: the gate would pass a defective part that counts there.`;
}

function digits(value: number): string {
	return String(Number(value.toPrecision(4)));
}
