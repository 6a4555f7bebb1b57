/** What a golden run keeps of a part: from its record where it was presented, from the bare result where it was injected. */
import type { Inspection } from '../inspection.ts';
import type { Result } from '../inspector/messages.ts';
import type { GoldenOutcome } from './golden-run.ts';

export function outcomeOfRecord(
	part: string,
	{ verdict, score, measuredIou, gated, reason }: Inspection,
): GoldenOutcome {
	return {
		part,
		verdict,
		score,
		measuredIou,
		...(gated && { gated }),
		...(verdict === 'not-inspected' ? { reason } : {}),
	};
}

export function outcomeOfResult(part: string, { outcome }: Pick<Result, 'outcome'>): GoldenOutcome {
	if (!outcome.inspected) return { part, verdict: 'not-inspected', reason: outcome.reason };
	const { verdict, score, measuredIou, gated } = outcome;
	return { part, verdict, score, measuredIou, ...(gated && { gated }) };
}
