/** The extremes of an ordinary image rather than of the strangest one: a moving average over images. */
import { z } from 'zod';
import type { RangeMethodDefinition } from './range-method.ts';

const optionsSchema = z.strictObject({});

export const movingMinMax: RangeMethodDefinition<typeof optionsSchema> = {
	optionsSchema,
	create:
		() =>
		({ movingExtremes }) =>
			movingExtremes,
};
