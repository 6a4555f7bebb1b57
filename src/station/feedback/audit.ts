/** The audit of the threshold that runs, from the labels of the parts that it judged. */
import { AndonError } from '../../base/errors.ts';
import { type AuditedPart, auditThreshold, type ThresholdAudit } from '../../metrics/audit-threshold.ts';
import { type OperatingPoint, promisedRecall } from '../../metrics/operating-point.ts';
import type { LabelledPart } from '../store/label-table.ts';
import type { ReadableStore } from '../store/read-store.ts';
import type { DrawnCounts } from '../store/sample-table.ts';
import { type Epoch, storedEpoch } from './epoch.ts';

export interface FeedbackAudit extends ThresholdAudit {
	/** When the rules that decide now came into force, ISO 8601; earlier parts are left out. */
	readonly since: string;
	readonly operatingPoint: OperatingPoint;
	/** SHA-256 of the bundle's manifest. */
	readonly bundle: string;
}

/** Of a store that is read from outside. @throws STORE_INVALID when its station has not run with this version */
export function auditStore(store: ReadableStore, confidence: number): FeedbackAudit {
	const epoch = storedEpoch(store);
	if (epoch) return auditEpoch(epoch, store.labels.labelled(epoch.after), store.samples.drawn(epoch.after), confidence);
	throw new AndonError('STORE_INVALID', {
		expected: 'a store that says since when its threshold is in force',
		found: 'one whose station has not run with this version of andon yet',
		fix: 'Start the station once; the audit counts the parts from then on.',
	});
}

/**
 * @param labelled parts of the epoch with their labels, in the order of inspection
 * @param drawn all drawn parts of the epoch
 */
export function auditEpoch(
	epoch: Epoch,
	labelled: readonly LabelledPart[],
	drawn: DrawnCounts,
	confidence: number,
): FeedbackAudit {
	// A part in work when the threshold changed may be recorded after it.
	const judged = labelled.filter(
		({ inspection: { verdict, operatingPoint, golden } }) =>
			!golden && verdict !== 'not-inspected' && operatingPoint.threshold === epoch.operatingPoint.threshold,
	);
	const ofDrawn = judged.filter((part) => part.drawn !== undefined);
	const passed = ofDrawn.filter(({ inspection }) => inspection.verdict === 'ok').length;
	const unlabelled = {
		passed: Math.max(0, drawn.passed - passed),
		flagged: Math.max(0, drawn.flagged - (ofDrawn.length - passed)),
	};
	return {
		since: epoch.since,
		operatingPoint: epoch.operatingPoint,
		bundle: epoch.manifestHash,
		...auditThreshold(oncePerPart(judged).map(auditedPart), unlabelled, {
			confidence,
			promised: promisedRecall(epoch.operatingPoint),
			probability: drawn.probability,
		}),
	};
}

/** The first result of each part, of the drawn ones where there are some: a part that comes again is no new evidence. */
function oncePerPart(parts: readonly LabelledPart[]): LabelledPart[] {
	const first = new Map<string, LabelledPart>();
	for (const part of parts) {
		const known = first.get(part.inspection.partId);
		if (!known || (known.drawn === undefined && part.drawn !== undefined)) first.set(part.inspection.partId, part);
	}
	return [...first.values()];
}

function auditedPart({ inspection, label, drawn }: LabelledPart): AuditedPart {
	return { defective: label.defective, passed: inspection.verdict === 'ok', drawn };
}
