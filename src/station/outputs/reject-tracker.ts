/** Follows parts from their trigger to one output: a part for which no sound verdict has come by then does not pass. */
import { monotonicMs } from '../../base/clock.ts';
import type { Disposition } from '../inspection.ts';
import type { Percentiles } from '../station-view.ts';
import { percentilesOf } from '../statistics.ts';
import type { Belt } from './belts/belt.ts';
import type { DrivenPart } from './output.ts';

/** A part at its trigger. */
export interface TrackedPart {
	readonly camera: string;
	readonly sequence: number;
	readonly resultId: string;
	readonly partId?: string;
	/** Of the trigger, on `monotonicMs` of `base/clock.ts`. */
	readonly monotonicMs: number;
}

export interface TrackerOptions {
	readonly drives: 'reject' | 'hold' | 'pass';
	/** Held parts have an output of their own. */
	readonly heldElsewhere: boolean;
	/** From the trigger to the output in the belt's unit; if absent, it is driven as soon as the part is decided. */
	readonly travel?: { readonly length: number; readonly tolerance: number };
	/** Without travel: how long a verdict may take, ms. */
	readonly decideMs: number;
	/** What becomes of a part without a verdict. */
	readonly onNotInspected: Exclude<Disposition, 'pass'>;
	readonly whenUnrecorded: 'reject' | 'pass';
	/** The output wants to know of a part before it is there. */
	readonly ahead: boolean;
}

export interface TrackerEvents {
	/** Drives the output for a part. @throws when it cannot be driven */
	drive(part: DrivenPart): Promise<void>;
	/** A part went by for which the output was not driven, although it should have been. */
	missed(part: TrackedPart, why: string): void;
	/** Why records do not become durable at present, if so. */
	storeFault(): string | undefined;
}

/** What happened to parts since the start. */
export interface TrackerCounters {
	readonly passed: number;
	readonly rejected: number;
	readonly held: number;
	/** Of those rejected or held: no verdict had come when they were due. */
	readonly late: number;
	/** Of those rejected or held: overruled, because it was not known where they were or they could not be recorded. */
	readonly overruled: number;
	readonly driven: number;
	readonly missed: number;
}

interface Entry {
	readonly part: TrackedPart;
	readonly due: number;
	disposition?: Disposition;
	recorded: boolean;
	overruled?: string;
	/** It was at the output, or the output was told of it. */
	done: boolean;
	cancel?: () => void;
}

/** Timing errors that are kept. */
const KEPT = 1000;

export class RejectTracker {
	readonly #belt: Belt;
	readonly #options: TrackerOptions;
	readonly #events: TrackerEvents;
	readonly #entries = new Map<string, Entry>();
	readonly #counters = { passed: 0, rejected: 0, held: 0, late: 0, overruled: 0, driven: 0, missed: 0 };
	/** How late the output was driven, ms. */
	#errors: number[] = [];

	constructor(belt: Belt, options: TrackerOptions, events: TrackerEvents) {
		this.#belt = belt;
		this.#options = options;
		this.#events = events;
		belt.onLostPlace((why) => this.#overrule(why));
	}

	/** A part was triggered: from here on it arrives, whatever else happens. */
	acquired(part: TrackedPart): void {
		const key = keyOf(part);
		if (this.#entries.has(key)) return;
		const { travel, decideMs } = this.#options;
		const due = this.#belt.positionAt(part.monotonicMs) + (travel?.length ?? decideMs);
		const entry: Entry = { part, due, recorded: false, done: false };
		this.#entries.set(key, entry);
		entry.cancel = this.#belt.reach(due, () => this.#arrive(entry));
	}

	/** @returns whether it came too late: the part has gone by, and did not pass */
	decided(part: TrackedPart, disposition: Disposition): boolean {
		this.acquired(part);
		const entry = this.#entries.get(keyOf(part))!;
		entry.disposition = disposition;
		if (entry.done) {
			this.#entries.delete(keyOf(part));
			return true;
		}
		if (!this.#options.travel) this.#arrive(entry);
		else if (this.#options.ahead && disposition !== 'pass') this.#tellAhead(entry);
		return false;
	}

	/** Its record is durable. */
	recorded(part: Pick<TrackedPart, 'camera' | 'sequence'>): void {
		const entry = this.#entries.get(keyOf(part));
		if (entry) entry.recorded = true;
	}

	/** Parts between trigger and output. */
	get inTransit(): number {
		let count = 0;
		for (const entry of this.#entries.values()) if (!entry.done) count++;
		return count;
	}

	counters(): TrackerCounters {
		return { ...this.#counters };
	}

	/** How late the output was driven after a part was due, ms, over the last 1000. */
	timing(): Percentiles | undefined {
		return percentilesOf(this.#errors);
	}

	stop(): void {
		for (const entry of this.#entries.values()) entry.cancel?.();
		this.#entries.clear();
	}

	#overrule(why: string): void {
		for (const entry of this.#entries.values()) if (!entry.done) entry.overruled ??= why;
	}

	/** The part is at the output, or decided where nobody waits for that. */
	#arrive(entry: Entry): void {
		if (entry.done) return;
		entry.done = true;
		entry.cancel?.();
		const { part, disposition } = entry;
		if (disposition !== undefined) this.#entries.delete(keyOf(part));
		const [final, reason] = this.#verdictOf(entry);
		this.#count(entry, final, reason);
		if (this.#isFor(final)) void this.#drive(entry, { ...namesOf(part), disposition: final, reason });
	}

	/** Tells of it now; when it arrives there is nothing left to do. */
	#tellAhead(entry: Entry): void {
		entry.done = true;
		entry.cancel?.();
		this.#entries.delete(keyOf(entry.part));
		const [final, reason] = this.#verdictOf(entry);
		this.#count(entry, final, reason);
		if (!this.#isFor(final)) return;
		const inMs = Math.max(0, this.#msUntil(entry.due) ?? 0);
		void this.#send(entry.part, { ...namesOf(entry.part), disposition: final, reason, inMs });
	}

	#verdictOf({ disposition, overruled, recorded }: Entry): [Disposition, string | undefined] {
		const { onNotInspected, whenUnrecorded } = this.#options;
		if (disposition === undefined) return [onNotInspected, 'no verdict had come'];
		if (disposition !== 'pass') return [disposition, undefined];
		if (overruled) return [onNotInspected, overruled];
		const storeFault = recorded || whenUnrecorded === 'pass' ? undefined : this.#events.storeFault();
		return storeFault ? [onNotInspected, `it could not be recorded: ${storeFault}`] : ['pass', undefined];
	}

	#count({ disposition }: Entry, final: Disposition, reason: string | undefined): void {
		this.#counters[final === 'pass' ? 'passed' : final === 'reject' ? 'rejected' : 'held']++;
		if (disposition === undefined) this.#counters.late++;
		else if (reason) this.#counters.overruled++;
	}

	#isFor(disposition: Disposition): boolean {
		const { drives, heldElsewhere } = this.#options;
		if (drives === 'reject' && disposition === 'hold') return !heldElsewhere;
		return drives === disposition;
	}

	async #drive({ part, due }: Entry, driven: DrivenPart): Promise<void> {
		const { travel } = this.#options;
		if (travel) {
			const over = this.#belt.positionAt(monotonicMs()) - due;
			if (over > travel.tolerance)
				return this.#miss(part, `it was noticed ${over.toFixed(1)} units after it had gone by`);
			const late = this.#msUntil(due);
			if (late !== undefined) this.#note(-late);
		}
		await this.#send(part, driven);
	}

	async #send(part: TrackedPart, driven: DrivenPart): Promise<void> {
		try {
			await this.#events.drive(driven);
			this.#counters.driven++;
		} catch (error) {
			this.#miss(part, error instanceof Error ? error.message : String(error));
		}
	}

	#miss(part: TrackedPart, why: string): void {
		this.#counters.missed++;
		this.#events.missed(part, why);
	}

	/** Negative once it has passed; undefined while the belt stands. */
	#msUntil(due: number): number | undefined {
		const now = monotonicMs();
		const left = due - this.#belt.positionAt(now);
		const { perSecond } = this.#belt.state();
		if (perSecond === undefined) return left;
		return perSecond > 0 ? (left / perSecond) * 1000 : undefined;
	}

	#note(lateMs: number): void {
		this.#errors.push(Math.max(0, lateMs));
		if (this.#errors.length > 2 * KEPT) this.#errors = this.#errors.slice(-KEPT);
	}
}

function keyOf({ camera, sequence }: Pick<TrackedPart, 'camera' | 'sequence'>): string {
	return `${camera} ${sequence}`;
}

function namesOf({ monotonicMs: _, ...names }: TrackedPart): Omit<TrackedPart, 'monotonicMs'> {
	return names;
}
