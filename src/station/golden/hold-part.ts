/** After a failed golden run nobody can rely on the station: by policy every part then waits for a person. */
import type { Inspection } from '../inspection.ts';
import type { Hold } from './golden-ledger.ts';

/** The record as it is while everything is held; what was not inspected stays so. */
export function holdPart(inspection: Inspection, { why }: Hold): Inspection {
	if (inspection.verdict === 'not-inspected' || inspection.golden) return inspection;
	const held = `Held for a person, whatever its score (by itself: ${inspection.verdict}): ${why}`;
	return { ...inspection, verdict: 'review', disposition: 'hold', why: held };
}
