/** What parts travel on: it says where it was at any moment, and tells when it has come to a place. */
import type { Fault } from '../../station-view.ts';

export interface Belt {
	start(): Promise<void>;
	stop(): Promise<void>;
	/**
	 * @param at `monotonicMs` of `base/clock.ts`
	 * @returns the place in the belt's own unit: ms of time, or counts of its encoder
	 */
	positionAt(at: number): number;
	/**
	 * Calls back once it has come to a place, or at once when it has passed it.
	 *
	 * @returns what cancels it
	 */
	reach(position: number, callback: () => void): () => void;
	/** Has a function called whenever it is not known any more where the parts in transit are, with the reason. */
	onLostPlace(callback: (why: string) => void): void;
	state(): BeltState;
}

export interface BeltState {
	/** Counts since the start, and their rate; absent where the clock is the belt. */
	readonly position?: number;
	readonly perSecond?: number;
	/** How often its count jumped and it was synchronised anew. */
	readonly jumps?: number;
	readonly fault?: Fault;
}
