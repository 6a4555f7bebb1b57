/** Whether a station gets on with its work: every camera's inspector alive, parts decided, records durable. */
import { monotonicMs } from '../../base/clock.ts';
import type { Fault } from '../station-view.ts';

/** Signs of work of one inspector; moments are `monotonicMs` of `base/clock.ts`. */
export interface InspectorProgress {
	readonly camera: string;
	/** When it was last said something by its process. */
	readonly heardAt: number;
	/** Since when its process has not been up; absent while it is. */
	readonly awaySince?: number;
	/** Since when no part was decided although one is in work; absent while none is. */
	readonly waitingSince?: number;
}

/** An inspector speaks every 500 ms; a hanging one is replaced sooner than this, ms. */
const SILENT_MS = 10_000;
/** A new process has proved its model by then, ms. */
const AWAY_MS = 60_000;
/** Beyond a part's deadline, ms. */
const OVERDUE_MS = 10_000;
/** A full disk may be emptied by then, ms. */
const UNSTORED_MS = 10_000;

/**
 * An idle triggered line gets on, as long as its inspectors are alive.
 *
 * @param deadlineMs for a part
 * @returns what does not, in a technician's words; undefined when all is well
 */
export function whatIsStuck(
	inspectors: readonly InspectorProgress[],
	store: Fault | undefined,
	deadlineMs: number,
	now: number = monotonicMs(),
): string | undefined {
	const seconds = (since: number) => `${Math.round((now - since) / 1000)} s`;
	for (const { camera, heardAt, awaySince, waitingSince } of inspectors) {
		if (awaySince !== undefined) {
			if (now - awaySince > AWAY_MS) return `the inspector of ${camera} has not come back for ${seconds(awaySince)}`;
			continue;
		}
		if (now - heardAt > SILENT_MS) return `the inspector of ${camera} has been silent for ${seconds(heardAt)}`;
		if (waitingSince !== undefined && now - waitingSince > deadlineMs + OVERDUE_MS)
			return `${camera} has decided nothing for ${seconds(waitingSince)}, although a part waits`;
	}
	if (store && Date.now() - Date.parse(store.since) > UNSTORED_MS) return `records cannot be stored: ${store.message}`;
	return undefined;
}
