/** The most recall that a budget of false rejects leaves: what is guaranteed is the budget, not the recall. */
import { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import { nextUp } from './next-up.ts';
import { certainty, type OperatingPointMethod, share } from './operating-point-method.ts';
import { ascending, partsNeeded, toleratedErrors } from './order-statistic.ts';

const optionsSchema = z.strictObject({
	budget: share.meta({ description: 'Share of sound parts that may be rejected, such as 0.01' }),
	...certainty,
});

type Options = z.output<typeof optionsSchema>;

/**
 * The same order statistic as for a guaranteed recall, on the sound parts from above: with the largest j for which
 * P(Bin(n, budget) ≤ j) ≤ δ, the threshold lies just above the (j + 1)-th largest score, so that parts of that very score
 * pass. No lower threshold keeps the budget, so none has more recall.
 */
export const maxRecall: OperatingPointMethod<typeof optionsSchema> = {
	description: 'rejects at most a share of sound parts, with stated confidence, and finds what it then can',
	optionsSchema,
	choose({ sound }, options) {
		const { budget, confidence, candidates } = options;
		const n = sound.length;
		const delta = (1 - confidence) / candidates;
		const tolerated = budget > 0 && delta > 0 ? toleratedErrors(n, budget, delta) : undefined;
		if (tolerated === undefined) throw refusal(n, delta, options);
		const highestPassed = ascending(sound)[n - 1 - tolerated];
		if (highestPassed >= 1) throw saturated(sound.filter((score) => score >= 1).length, tolerated);
		return {
			threshold: nextUp(highestPassed),
			confidence,
			guarantees: [{ quantity: 'false-rejects', bound: budget, confidence, n, tolerated }],
			looksAt: { defective: false, sound: true },
		};
	},
};

function refusal(n: number, delta: number, { budget, confidence }: Options): AndonError {
	if (!(budget > 0 && delta > 0))
		return new AndonError('POINT_UNREACHABLE', {
			expected: 'a budget above 0 and a confidence below 1',
			found: `a budget of ${budget} with confidence ${confidence}`,
			fix: 'No finite number of parts can prove certainty: ask for a budget of 0.01 with confidence 0.95, say.',
		});
	const needed = partsNeeded(1 - budget, 1 - delta);
	const possible = n > 0 ? Math.ceil((1 - delta ** (1 / n)) * 1000) / 1000 : 1;
	return new AndonError('POINT_UNREACHABLE', {
		expected: `at least ${needed} sound parts to keep false rejects within ${budget} with confidence ${confidence}`,
		found: n === 0 ? 'none' : `${n}, which can certify a budget of ${possible} at the least`,
		fix: `Score ${needed - n} more sound parts${possible < 1 ? `, or allow a budget of ${possible} or more` : ''}.`,
	});
}

function saturated(count: number, tolerated: number): AndonError {
	return new AndonError('POINT_UNREACHABLE', {
		expected: `at most ${tolerated} sound parts that score 1`,
		found: `${count}: no threshold lets them pass, so the achievable recall within this budget is 0`,
		fix: 'Allow a larger budget, look at these parts (are they labelled right?), or train the model further.',
	});
}
