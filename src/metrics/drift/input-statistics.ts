/** The figures that are watched, and what a part gives for them. */

/** In the order in which they are told. */
export const STATISTICS = [
	'brightness',
	'shadows',
	'highlights',
	'contrast',
	'sharpness',
	'red',
	'blue',
	'texture',
	'score',
] as const;

export type StatisticName = (typeof STATISTICS)[number];

/** One part as measured: the figures of its frame, its score and what its surface is made of. */
export interface InputStatistics {
	readonly values: Readonly<Partial<Record<StatisticName, number>>>;
	/** Compared with those of calibration, it gives `texture`. */
	readonly signature: readonly number[];
}
