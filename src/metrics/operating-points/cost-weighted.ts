/** The threshold of the lowest expected cost, as measured: what a miss costs against what a false reject costs. */
import { z } from 'zod';
import { cutsOf, type RatedCut } from './cuts-of.ts';
import { nextUp } from './next-up.ts';
import { type OperatingPointMethod, share } from './operating-point-method.ts';

const cost = z.number().min(0);

const optionsSchema = z.strictObject({
	missCost: cost.meta({ description: 'Cost of a defective part that passes' }),
	falseRejectCost: cost.meta({ description: 'Cost of a sound part that is rejected, in the same unit' }),
	defectRate: share.meta({ description: 'Share of defective parts on the line' }),
});

type Options = z.output<typeof optionsSchema>;

export const costWeighted: OperatingPointMethod<typeof optionsSchema> = {
	description: 'lowest expected cost of misses and false rejects, as measured; promises nothing',
	optionsSchema,
	choose(scores, options) {
		// Of equal costs the lower threshold, which finds more.
		const [best] = withNothing(cutsOf(scores))
			.map(({ threshold, ...rates }) => ({ threshold, expectedCost: perThousand(rates, options) }))
			.sort((a, b) => a.expectedCost - b.expectedCost || a.threshold - b.threshold);
		return { ...best, guarantees: [], looksAt: { defective: true, sound: true } };
	},
};

/** To flag nothing is a choice too, where a threshold is left for it. */
function withNothing(cuts: readonly RatedCut[]): readonly RatedCut[] {
	const highest = cuts[0].threshold;
	return highest < 1 ? [{ threshold: nextUp(highest), recall: 0, falseRejects: 0 }, ...cuts] : cuts;
}

function perThousand({ recall, falseRejects }: Omit<RatedCut, 'threshold'>, options: Options): number {
	const { missCost, falseRejectCost, defectRate } = options;
	return 1000 * (defectRate * (1 - recall) * missCost + (1 - defectRate) * falseRejects * falseRejectCost);
}
