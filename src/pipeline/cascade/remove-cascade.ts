/** Takes the gate out of a bundle: its scores and references are those of the inspector alone again. */
import { CALIBRATION_FILE, certifyingScores } from '../../bundle/calibration.ts';
import { withoutCascadeReferences } from '../../bundle/cascade/cascade-parity.ts';
import { recertify } from '../../bundle/cascade/recertify.ts';
import { type Precision, REPORT_FILE } from '../../bundle/manifest.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import { operatingPointOf } from '../../bundle/operating-point-of.ts';
import { draftFrom, writeBundle } from '../../bundle/write-bundle.ts';
import { expectCascade } from './expect-cascade.ts';
import { asBefore } from './score-with-gate.ts';

/** @returns the bundle as it was written @throws USAGE when there is no gate */
export async function removeCascade(bundle: Bundle): Promise<Bundle> {
	const { gate } = expectCascade(bundle);
	const { manifest, files } = draftFrom(bundle);
	const { cascade: _, ...rest } = manifest;
	const before = bundle.calibration();
	const calibration = { ...before, exposures: before.exposures.map(asBefore) };
	const again = (precision: string) => {
		const point = operatingPointOf(bundle.manifest, precision as Precision);
		const scores = certifyingScores(calibration, precision, manifest.classes);
		return (scores && recertify(point, scores)) ?? point;
	};
	const others = Object.keys(manifest.otherOperatingPoints ?? {}).map((name) => [name, again(name)] as const);
	return writeBundle(bundle.dir, {
		manifest: {
			...rest,
			version: `${Number(manifest.version) + 1 || `${manifest.version}-ungated`}`,
			operatingPoint: again(manifest.operatingPoint.precision),
			...(others.length > 0 && { otherOperatingPoints: Object.fromEntries(others) }),
		},
		files: new Map<string, Uint8Array | string>([
			...[...files].filter(([path]) => path !== gate.file && path !== REPORT_FILE),
			[CALIBRATION_FILE, `${JSON.stringify(calibration)}\n`],
			withoutCascadeReferences(bundle),
		]),
	});
}
