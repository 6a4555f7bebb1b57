/** The nouns of the drift watch, as they are published. */
import type { ChangeKind } from '../../metrics/drift/bets.ts';
import type { StatisticName } from '../../metrics/drift/input-statistics.ts';

/** A part as people find it again. */
export interface PartReference {
	readonly partId: string;
	readonly sequence: number;
	/** When it was decided, ISO 8601. */
	readonly at: string;
}

export interface DriftAlarm {
	readonly statistic: StatisticName;
	readonly change: ChangeKind;
	/** Means of the statistic: of calibration, and since the change. */
	readonly before: number;
	readonly now: number;
	/** The first part that the change is seen in, and the part at which the evidence sufficed. */
	readonly since: PartReference;
	readonly raised: PartReference;
	/** What moved, in which direction, by how much, since when, and what to check. */
	readonly message: string;
}

export interface CameraDriftState {
	readonly id: string;
	/** Parts that were tested against this reference. */
	readonly parts: number;
	/** What is watched; nothing while learning. */
	readonly watches: readonly StatisticName[];
	/** `station`: learned from the first parts here, so that it knows nothing of calibration. */
	readonly reference?: 'bundle' | 'station';
	/** While a reference is learned. */
	readonly learning?: { readonly parts: number; readonly of: number };
	/** Neighbours resemble each other, so that alarms come more often than stated. */
	readonly correlated?: {
		readonly statistic: StatisticName;
		/** Of one tested part with the next. */
		readonly correlation: number;
		/** What `drift.everyParts` should be at least. */
		readonly everyParts: number;
	};
	readonly alarms: readonly DriftAlarm[];
}

export interface DriftState {
	readonly status: 'off' | 'learning' | 'watching';
	/** Why it is off. */
	readonly why?: string;
	/** On average at most one false alarm in so many tested parts of a camera, if parts are exchangeable. */
	readonly falseAlarmParts: number;
	readonly cameras: readonly CameraDriftState[];
}
