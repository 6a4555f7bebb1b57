/** Golden parts without a station: read, inspected and judged by the very code of the line. */
import type { GoldenPart } from '../../bundle/golden.ts';
import type { Precision } from '../../bundle/manifest.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import type { View } from '../../imaging/view/view.ts';
import type { Provider } from '../../inference/providers.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import { policyOf } from '../decision/policy.ts';
import { injectedShot } from '../inspector/golden-desk.ts';
import { inspectShot } from '../inspector/inspect-shot.ts';
import { openProvenModel } from '../inspector/open-proven-model.ts';
import { outcomeOfResult } from './golden-outcome.ts';
import type { GoldenOutcome } from './golden-run.ts';

export interface InspectPartsOptions {
	readonly precision: Precision;
	readonly operatingPoint: OperatingPoint;
	readonly provider?: Provider;
}

/** @throws when the bundle cannot be used; a part that cannot be read is `not-inspected` */
export async function inspectParts(
	bundle: Pick<Bundle, 'dir' | 'manifestHash'>,
	parts: readonly Omit<GoldenPart, 'enrolled'>[],
	{ precision, operatingPoint, provider = 'cpu' }: InspectPartsOptions,
): Promise<GoldenOutcome[]> {
	const { dir, manifestHash } = bundle;
	// As they are seen where the point holds: a station that sees parts otherwise is told that its promise is void.
	const view = operatingPoint.view as View | undefined;
	const model = await openProvenModel({ bundle: dir, manifestHash, precision, provider, threads: 0, view });
	const rules = {
		deadlineMs: Number.POSITIVE_INFINITY,
		policy: policyOf(model),
		operatingPoint: () => operatingPoint,
	};
	try {
		const outcomes: GoldenOutcome[] = [];
		for (const { id, image, mask, defective, class: name } of parts) {
			const truth = defective ? { defective, defectClass: name } : { defective };
			const { result } = await inspectShot(
				injectedShot({ part: id, image, mask, truth }, model.input.channels),
				model,
				rules,
			);
			outcomes.push(outcomeOfResult(id, result));
		}
		return outcomes;
	} finally {
		await model.close();
	}
}
