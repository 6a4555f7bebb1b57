/** The threshold of the best F1, which looks best on the parts that chose it and promises nothing. */
import { z } from 'zod';
import { bestF1 } from '../best-f1.ts';
import { expectBoth, labelled } from './cuts-of.ts';
import type { OperatingPointMethod } from './operating-point-method.ts';

const optionsSchema = z.strictObject({});

export const bestF1Point: OperatingPointMethod<typeof optionsSchema> = {
	description: 'best F1 on the calibration parts, a miss as bad as a false reject; promises nothing',
	optionsSchema,
	choose(scores) {
		expectBoth(scores);
		const { threshold } = bestF1(labelled(scores))!;
		return { threshold, guarantees: [], looksAt: { defective: true, sound: true } };
	},
};
