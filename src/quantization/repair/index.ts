/** The table of repairs, in the order in which they are tried. */
import { correctBias } from './correct-bias.ts';
import { equalize } from './equalize.ts';
import { keepInFloat } from './keep-in-float.ts';
import { matchMeans } from './match-means.ts';
import type { Repair } from './repair.ts';
import { roundWeights } from './round-weights.ts';

export const REPAIRS = {
	equalize,
	'correct-bias': correctBias,
	'round-weights': roundWeights,
	'match-means': matchMeans,
	'keep-in-float': keepInFloat,
} as const satisfies Record<string, Repair>;

export type RepairName = keyof typeof REPAIRS;
