/** A threshold that a person set. It promises no recall; the price is measured all the same. */
import { z } from 'zod';
import { type OperatingPointMethod, share } from './operating-point-method.ts';

const optionsSchema = z.strictObject({
	threshold: share.meta({ description: 'Parts of this score or more are flagged' }),
});

export const fixed: OperatingPointMethod<typeof optionsSchema> = {
	description: 'a threshold set by hand; promises nothing',
	optionsSchema,
	choose: (_, { threshold }) => ({ threshold, guarantees: [], looksAt: { defective: false, sound: false } }),
};
