/** The most recall among thresholds whose rejects are clean enough, as measured; it promises neither. */
import { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import { cutsOf, type RatedCut } from './cuts-of.ts';
import { type OperatingPointMethod, share } from './operating-point-method.ts';

const optionsSchema = z.strictObject({
	minPrecision: share.meta({ description: 'Share of the rejected parts that must be defective' }),
	defectRate: share
		.optional()
		.meta({ description: 'Share of defective parts on the line; that of the calibration parts if absent' }),
});

/** Precision depends on how many parts of the line are defective: the rates are weighed with `defectRate`. */
export const fixedPrecision: OperatingPointMethod<typeof optionsSchema> = {
	description: 'finds what it can while a share of the rejects is truly defective, as measured; promises nothing',
	optionsSchema,
	choose(scores, { minPrecision, defectRate }) {
		const { defective, sound } = scores;
		const weight = defectRate ?? defective.length / (defective.length + sound.length);
		const cuts = cutsOf(scores);
		const { threshold } = cuts.findLast((cut) => precisionOf(cut, weight) >= minPrecision) ?? refuse(cuts, weight);
		return { threshold, guarantees: [], looksAt: { defective: true, sound: true } };
	},
};

function precisionOf({ recall, falseRejects }: RatedCut, defectRate: number): number {
	const hits = defectRate * recall;
	return hits / (hits + (1 - defectRate) * falseRejects);
}

function refuse(cuts: readonly RatedCut[], defectRate: number): never {
	const [best] = cuts.toSorted((a, b) => (precisionOf(b, defectRate) || 0) - (precisionOf(a, defectRate) || 0));
	const reached = Math.floor((precisionOf(best, defectRate) || 0) * 1000) / 1000;
	throw new AndonError('POINT_UNREACHABLE', {
		expected: 'a threshold with that precision',
		found: `a precision of at most ${reached}, where the recall is ${Number(best.recall.toFixed(3))}`,
		fix: `Ask for a precision of ${reached} or less, or train the model further.`,
	});
}
