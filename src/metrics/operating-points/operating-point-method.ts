/** What every way of choosing a threshold looks like. */
import { z } from 'zod';
import type { Guarantee, OperatingPoint } from '../operating-point.ts';
import type { PartScores } from '../part-scores.ts';

export interface OperatingPointMethod<Schema extends z.ZodObject = z.ZodObject> {
	/** What it does and what it promises, in one line. */
	readonly description: string;
	readonly optionsSchema: Schema;
	/** @throws RECALL_NOT_CERTIFIABLE or POINT_UNREACHABLE, saying what these parts allow */
	choose(scores: PartScores, options: z.output<Schema>): Choice;
}

export interface Choice
	extends Pick<OperatingPoint, 'recall' | 'confidence' | 'n' | 'toleratedMisses' | 'expectedCost'> {
	readonly threshold: number;
	readonly guarantees: readonly Guarantee[];
	/** Whose scores were looked at: intervals of their rates must allow for the choice. */
	readonly looksAt: { readonly defective: boolean; readonly sound: boolean };
}

export const share = z.number().min(0).max(1);

/** What certifying methods share: δ = 1 − confidence is split over the candidates. */
export const certainty = {
	confidence: share.default(0.95).meta({ description: 'Confidence 1 − δ of all that is guaranteed, together' }),
	candidates: z
		.int()
		.min(1)
		.default(1)
		.meta({ description: 'Models or thresholds that were tried on these very parts; δ is split over them' }),
};
