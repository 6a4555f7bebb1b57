/** One figure of the GigE Vision benchmark: beside a bound, and beside libaravis' own watch where that measures the same. */
import type { Spread } from '../bench-station/percentiles.ts';

export interface GigeCase {
	readonly name: string;
	readonly metric: string;
	readonly ours: number;
	readonly peer: number | null;
	/** Above 1 = better than the peer. */
	readonly ratio: number | null;
	readonly beside: string;
	/** At most so much was promised. */
	readonly bound?: number;
	readonly spread?: Spread;
	/** What else was counted. */
	readonly counts?: Readonly<Record<string, number>>;
}
