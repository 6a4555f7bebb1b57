/** What a gate spares its inspector, from the parts of the line. */
import type { Inspection } from '../inspection.ts';
import type { CascadeStats, StationStats } from '../station-view.ts';

/**
 * A part that passes the gate costs gate and inspector, a gated one the gate alone: the difference of their means is what the
 * inspector costs by itself, so what every part would cost without the gate.
 */
export function cascadeStats(inspected: readonly Inspection[]): Pick<StationStats, 'cascade'> {
	const judged = inspected.filter(({ gateScore }) => gateScore !== undefined);
	if (judged.length === 0) return {};
	const gated = judged.filter((part) => part.gated);
	const counts: CascadeStats = { judged: judged.length, gated: gated.length, share: gated.length / judged.length };
	if (gated.length === 0 || gated.length === judged.length) return { cascade: counts };
	const meanMs = meanOf(judged);
	const withoutGateMs = meanOf(judged.filter((part) => !part.gated)) - meanOf(gated);
	return {
		cascade: { ...counts, meanMs, withoutGateMs, savedMs: withoutGateMs - meanMs, speedUp: withoutGateMs / meanMs },
	};
}

function meanOf(parts: readonly Inspection[]): number {
	return parts.reduce((sum, { times }) => sum + times.inferenceMs, 0) / parts.length;
}
