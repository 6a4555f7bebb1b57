/** Value by value, the range that uint8 codes serve with the least squared error. */
import { z } from 'zod';
import type { RangeMethodDefinition } from './range-method.ts';

const optionsSchema = z.strictObject({});

export const mse: RangeMethodDefinition<typeof optionsSchema> = {
	optionsSchema,
	create:
		() =>
		({ histogram }) =>
			histogram.leastError(),
};
