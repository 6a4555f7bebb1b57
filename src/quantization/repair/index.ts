/** The table of repairs. */
import { correctBias } from './correct-bias.ts';
import { equalize } from './equalize.ts';
import { keepInFloat } from './keep-in-float.ts';
import { matchMeans } from './match-means.ts';
import type { RepairName } from './names.ts';
import type { Repair } from './repair.ts';
import { roundWeights } from './round-weights.ts';

export const REPAIRS: Readonly<Record<RepairName, Repair>> = {
	equalize,
	'correct-bias': correctBias,
	'round-weights': roundWeights,
	'match-means': matchMeans,
	'keep-in-float': keepInFloat,
};
