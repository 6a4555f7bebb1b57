/** The table of operating points: ways to choose a threshold, each saying what it promises and what it does not. */
import type { z } from 'zod';
import type { ErrorCode } from '../../base/error-codes.ts';
import { parseWith } from '../../base/parse.ts';
import type { Guarantee, OperatingPoint, Quantity } from '../operating-point.ts';
import type { PartScores } from '../part-scores.ts';
import { bestF1Point } from './best-f1-point.ts';
import { costWeighted } from './cost-weighted.ts';
import { fixed } from './fixed.ts';
import { fixedPrecision } from './fixed-precision.ts';
import { guaranteedRecall } from './guaranteed-recall.ts';
import { maxRecall } from './max-recall.ts';
import type { OperatingPointMethod } from './operating-point-method.ts';
import { shareFlagged } from './share-flagged.ts';

export const OPERATING_POINTS = {
	'guaranteed-recall': guaranteedRecall,
	'max-recall': maxRecall,
	'fixed-precision': fixedPrecision,
	'best-f1': bestF1Point,
	'cost-weighted': costWeighted,
	fixed,
} as const satisfies Record<OperatingPoint['method'], OperatingPointMethod>;

export type PointMethod = keyof typeof OPERATING_POINTS;

export type PointOptions<M extends PointMethod> = z.input<(typeof OPERATING_POINTS)[M]['optionsSchema']>;

/**
 * Chooses a threshold from scores of parts that were used for nothing else, and states its promise and its price.
 *
 * @param precision whose scores these are; a promise holds for no other
 * @param code of the error when the options break their schema
 * @throws that error, RECALL_NOT_CERTIFIABLE, POINT_UNREACHABLE
 */
export function choosePoint<M extends PointMethod>(
	method: M,
	options: PointOptions<M>,
	{ scores, precision, code = 'USAGE' }: { scores: PartScores; precision: string; code?: ErrorCode },
): OperatingPoint {
	const definition: OperatingPointMethod = OPERATING_POINTS[method];
	const parsed = parseWith(definition.optionsSchema, options, `the options of ${method}`, code);
	const { looksAt, threshold, guarantees, ...facts } = definition.choose(scores, parsed);
	const measuredRecall = shareFlagged(threshold, scores.defective, looksAt.defective);
	const falseRejects = shareFlagged(threshold, scores.sound, looksAt.sound);
	return {
		threshold,
		method,
		options: parsed as Readonly<Record<string, number | boolean>>,
		...facts,
		guarantees,
		notGuaranteed: missing(guarantees, scores),
		...(measuredRecall && method !== 'guaranteed-recall' && { measuredRecall }),
		...(falseRejects && { falseRejects }),
		precision,
		...(scores.view && { view: scores.view }),
	};
}

/** What is left open. A recall of every class is one of any mix of them. */
function missing(guarantees: readonly Guarantee[], { perClass = {} }: PartScores): readonly Quantity[] {
	const given = new Set<Quantity>(guarantees.map(({ quantity }) => quantity));
	if (given.has('class-recall')) given.add('recall');
	const open: readonly Quantity[] =
		Object.keys(perClass).length > 1
			? ['recall', 'class-recall', 'false-rejects', 'precision']
			: ['recall', 'false-rejects', 'precision'];
	return open.filter((quantity) => !given.has(quantity));
}
