/** A timer on the monotonic clock that is exact to a fraction of a millisecond, as long as the event loop is free. */
import { monotonicMs } from '../../base/clock.ts';

/** Node's timers count in whole milliseconds and may be one late: the last stretch is waited for turn by turn of the event loop, ms. */
const LAST_STRETCH_MS = 1.5;
/** Node's timers cannot wait longer, ms. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Calls back at a moment, or at once when it has passed.
 *
 * @param at `monotonicMs` of `base/clock.ts`
 * @returns what cancels it
 */
export function atMoment(at: number, callback: () => void): () => void {
	let timer: NodeJS.Timeout | undefined;
	let turn: NodeJS.Immediate | undefined;
	const look = () => {
		const left = at - monotonicMs();
		if (left <= 0) callback();
		else if (left > LAST_STRETCH_MS) timer = setTimeout(look, Math.min(Math.floor(left - 1), LONGEST_MS));
		else turn = setImmediate(look);
	};
	look();
	return () => {
		clearTimeout(timer);
		clearImmediate(turn);
	};
}
