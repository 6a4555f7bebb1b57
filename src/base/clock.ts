/** The clock of the host that never jumps: the same one in every process, so that one can say when, and another how long ago. */

/** Milliseconds, with fractions, since the host started (CLOCK_MONOTONIC). */
export function monotonicMs(): number {
	return Number(process.hrtime.bigint()) / 1e6;
}
