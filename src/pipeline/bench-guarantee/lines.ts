/** The simulated lines: how defective and sound parts score on each. */
import { codes, type Distribution, discrete, logistic, mirrored, power, tied } from './distribution.ts';

export interface Line {
	readonly defective: Distribution;
	readonly sound: Distribution;
}

/** By name; `recall` is the one to be promised, so that a line can be made as hard for it as can be. */
export const LINES = {
	uniform: () => ({ defective: power(1), sound: mirrored(3) }),
	separated: () => ({ defective: power(8), sound: mirrored(8) }),
	overlapping: () => ({ defective: power(1.5), sound: mirrored(1.5) }),
	/** Most defective parts score near 0. */
	skewed: () => ({ defective: power(0.2), sound: mirrored(6) }),
	sigmoid: () => ({ defective: logistic(3, 1.2), sound: logistic(-3, 1.2) }),
	/** Half of all parts have the same score. */
	'half-tied': () => ({ defective: tied(0.5, 0.5, power(2)), sound: tied(0.5, 0.5, mirrored(2)) }),
	'five-valued': () => {
		const values = [0, 0.25, 0.5, 0.75, 1];
		return {
			defective: discrete(values, [0.008, 0.03, 0.07, 0.2, 0.692]),
			sound: discrete(values, [0.7, 0.2, 0.07, 0.022, 0.008]),
		};
	},
	'int8-codes': () => ({ defective: codes(logistic(3, 1.2)), sound: codes(logistic(-3, 1.2)) }),
	/** A tie at 0 of defects that the model cannot see, a little more of them than may be missed. */
	'blind-spot': (recall) => ({
		defective: tied(1.2 * (1 - recall), 0, power(8)),
		sound: mirrored(8),
	}),
} as const satisfies Record<string, (recall: number) => Line>;

export type LineName = keyof typeof LINES;
