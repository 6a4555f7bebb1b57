/** Gives labelled parts their reference: what every model of the bundle makes of them, through the path of the line. */
import { AndonError } from '../../base/errors.ts';
import type { Enrolled, GoldenPart } from '../../bundle/golden.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import { operatingPointOf } from '../../bundle/operating-point-of.ts';
import type { GoldenOutcome } from './golden-run.ts';
import { inspectParts } from './inspect-parts.ts';

/** @throws GOLDEN_UNAVAILABLE when a part cannot be inspected, or when a defective one would pass: it can prove nothing */
export async function enrollParts(
	bundle: Bundle,
	parts: readonly Omit<GoldenPart, 'enrolled'>[],
): Promise<GoldenPart[]> {
	const enrolled = parts.map(() => ({}) as Record<string, Enrolled>);
	for (const { precision } of bundle.manifest.models) {
		const operatingPoint = operatingPointOf(bundle.manifest, precision);
		const outcomes = await inspectParts(bundle, parts, { precision, operatingPoint });
		for (const [i, outcome] of outcomes.entries()) enrolled[i][precision] = enrolledOf(outcome, parts[i], precision);
	}
	return parts.map((part, i) => ({ ...part, enrolled: enrolled[i] }));
}

function enrolledOf(
	outcome: GoldenOutcome,
	{ id, defective }: Pick<GoldenPart, 'id' | 'defective'>,
	precision: string,
) {
	const { verdict, score, measuredIou, reason } = outcome;
	if (score === undefined || (defective && verdict === 'ok'))
		throw new AndonError('GOLDEN_UNAVAILABLE', {
			expected: `golden part ${id} to be ${defective ? 'found' : 'inspected'} by the ${precision} model`,
			found: score === undefined ? `${reason}` : `a score of ${score.toFixed(3)}, below its threshold`,
			fix: 'Choose another part.',
		});
	return { score, ...(defective && measuredIou !== undefined ? { iou: measuredIou } : {}) };
}
