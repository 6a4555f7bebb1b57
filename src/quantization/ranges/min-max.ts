/** From the smallest to the largest value that calibration saw: nothing is clipped, one outlier costs all others precision. */
import { z } from 'zod';
import type { RangeMethodDefinition } from './range-method.ts';

const optionsSchema = z.strictObject({});

export const minMax: RangeMethodDefinition<typeof optionsSchema> = {
	optionsSchema,
	create:
		() =>
		({ histogram: { min, max } }) => ({ min, max }),
};
