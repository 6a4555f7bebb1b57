/** One figure of a benchmark: ours beside a peer's, from one run. */
export interface BenchCase {
	readonly name: string;
	readonly metric: string;
	/** Null when it could not be measured. */
	readonly ours: number | null;
	/** Null when the peer is missing; `missing` says why. */
	readonly peer: number | null;
	/** Above 1 = better than the peer. */
	readonly ratio: number | null;
	/** What the peer is. */
	readonly beside: string;
	/** The figure of the float model, for quantized ones. */
	readonly float?: number;
	readonly missing?: string;
}
