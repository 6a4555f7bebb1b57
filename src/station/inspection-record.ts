/** The record of a part, put together from what its inspector said and what the station knows, and the messages that tell it. */
import { monotonicMs } from '../base/clock.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { shownPoint } from './decision/promise.ts';
import type { Disposition, Inspection, RecipeReference } from './inspection.ts';
import type { AcquiredShot, Result } from './inspector/messages.ts';
import type { Outgoing } from './store/store.ts';

/** What is the same for every part of a camera, until someone changes it. */
export interface RecordContext {
	readonly station: string;
	readonly bootId: string;
	readonly camera: string;
	readonly recipe: RecipeReference;
	readonly configurationHash: string;
	readonly provider: string;
	readonly precision: string;
	/** For parts whose inspector did not live to say which it used. */
	readonly operatingPoint: OperatingPoint;
	/** Why nothing is promised of the operating point; none while its promise holds. */
	readonly promiseVoid: readonly string[];
	readonly onNotInspected: Exclude<Disposition, 'pass'>;
}

/** @param outcome the inspector's result, or why there is none */
export function recordOf(
	context: RecordContext,
	shot: AcquiredShot,
	outcome: Result | { readonly lost: string },
): Inspection {
	const { onNotInspected, operatingPoint, promiseVoid, ...facts } = context;
	const resultId = `${facts.station}-${facts.bootId}-${facts.camera}-${shot.sequence}`;
	const { end, ...durations } = 'lost' in outcome ? lostTimes(shot.monotonicMs) : outcome.times;
	return {
		resultId,
		partId: shot.partId ?? resultId,
		...facts,
		sequence: shot.sequence,
		...findings(outcome, onNotInspected),
		operatingPoint: shownPoint('lost' in outcome ? operatingPoint : outcome.operatingPoint, promiseVoid),
		...(promiseVoid.length > 0 ? { promiseVoid } : {}),
		isSimulated: shot.simulated,
		isPartial: false,
		times: { start: shot.acquiredAt, end, ...durations },
		...(shot.device ? { device: shot.device } : {}),
		...(shot.truth ? { truth: shot.truth } : {}),
		...(shot.golden ? { golden: shot.golden } : {}),
	};
}

type Findings = Pick<
	Inspection,
	| 'verdict'
	| 'disposition'
	| 'reason'
	| 'why'
	| 'rule'
	| 'score'
	| 'defects'
	| 'seen'
	| 'unlistedDefects'
	| 'smallRegions'
	| 'expectedIou'
	| 'expectedIouCorrected'
	| 'measuredIou'
	| 'gateScore'
	| 'gated'
>;

function findings(outcome: Result | { readonly lost: string }, onNotInspected: Disposition): Findings {
	if (!('lost' in outcome) && outcome.outcome.inspected) {
		const { inspected: _, ...found } = outcome.outcome;
		return found;
	}
	const reason = 'lost' in outcome ? outcome.lost : (outcome.outcome as { reason: string }).reason;
	return { verdict: 'not-inspected', disposition: onNotInspected, reason, defects: [] };
}

function lostTimes(triggeredMs: number): Result['times'] {
	const none = { waitMs: 0, acquisitionMs: 0, inferenceMs: 0, decisionMs: 0, processingMs: 0 };
	return { end: new Date().toISOString(), latencyMs: monotonicMs() - triggeredMs, ...none };
}

/** What is told of a part; nothing of a golden one, which is none of the line. */
export function messagesOf(inspection: Inspection): Outgoing[] {
	if (inspection.golden) return [];
	const alert = alertOf(inspection);
	return [
		{ topic: 'inspection', payload: inspection },
		...(alert ? [{ topic: 'alert', payload: alert } as const] : []),
	];
}

/** Undefined when there is nothing to alert. */
function alertOf(inspection: Inspection): object | undefined {
	const { verdict, resultId, partId, station, camera, disposition, score, defects, isSimulated } = inspection;
	if (verdict === 'ok') return undefined;
	return {
		kind: 'part',
		at: inspection.times.end,
		station,
		camera,
		resultId,
		partId,
		verdict,
		disposition,
		reason: inspection.reason ?? inspection.why,
		score,
		threshold: inspection.operatingPoint.threshold,
		defects: defects.length,
		isSimulated,
	};
}
