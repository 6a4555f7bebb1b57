/** Bets against "nothing has changed": each names a kind of change and pays when ranks come out as that change makes them. */

export type ChangeKind = 'up' | 'down' | 'wider' | 'narrower';

export interface Bet {
	readonly kind: ChangeKind;
	/** Pays for a rank, given as its normal score z; on average exactly 1 if ranks are uniform. */
	pays(z: number): number;
}

/** The ratio of the density of a normal distribution that has moved to that of one that has not. */
function shift(kind: ChangeKind, distance: number): Bet {
	return { kind, pays: (z) => Math.exp(distance * z - (distance * distance) / 2) };
}

/** The same for one that has become `factor` times as wide. */
function spread(kind: ChangeKind, factor: number): Bet {
	const rate = (1 - 1 / (factor * factor)) / 2;
	return { kind, pays: (z) => Math.exp(rate * z * z) / factor };
}

/** Half, one and two standard deviations: near enough to any change for most of its evidence to count. */
const DISTANCES = [0.5, 1, 2];

const UPWARD: readonly Bet[] = DISTANCES.map((distance) => shift('up', distance));

/** For figures that may move either way. */
export const ALL_BETS: readonly Bet[] = [
	...UPWARD,
	...DISTANCES.map((distance) => shift('down', -distance)),
	spread('wider', 2),
	spread('narrower', 0.4),
];

/** For distances, which only say something when they grow. */
export const UPWARD_BETS = UPWARD;
