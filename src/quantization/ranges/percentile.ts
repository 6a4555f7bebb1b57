/** The range without the outermost values, however far out they are. */
import { z } from 'zod';
import type { RangeMethodDefinition } from './range-method.ts';

const optionsSchema = z.strictObject({
	/** Share of the values to keep, in percent; half of the rest is cut at each end. */
	percentile: z.number().gt(0).max(100).default(99.99),
});

export const percentile: RangeMethodDefinition<typeof optionsSchema> = {
	optionsSchema,
	create:
		({ percentile }) =>
		({ histogram }) =>
			histogram.percentile(percentile),
};
