/** How late things happened: the figures of `andon bench outputs`. */

export interface LateCase {
	readonly name: string;
	readonly metric: 'ms late, p50';
	readonly ours: number;
	readonly peer: number | null;
	/** Above 1: less late than the peer. */
	readonly ratio: number | null;
	readonly beside: string;
	readonly spread: { readonly p99: number; readonly max: number };
	readonly peerSpread?: { readonly p99: number; readonly max: number };
	readonly counts?: Readonly<Record<string, number>>;
}

/** Of times in ms; nearest rank. */
export function spreadOf(late: readonly number[]): { p50: number; p99: number; max: number } {
	const sorted = late.toSorted((a, b) => a - b);
	const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
	return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
