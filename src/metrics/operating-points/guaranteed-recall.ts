/** The highest threshold that still promises a recall, of all defects or of each class, with a stated confidence. */
import { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import type { Guarantee } from '../operating-point.ts';
import type { PartScores } from '../part-scores.ts';
import { certainty, type OperatingPointMethod, share } from './operating-point-method.ts';
import { ascending, certifiableRecall, partsNeeded, toleratedErrors } from './order-statistic.ts';

const optionsSchema = z.strictObject({
	recall: share.meta({ description: 'Share of defective parts that must be found' }),
	perClass: z.boolean().default(false).meta({ description: 'Promise it for each defect class, on its own parts' }),
	...certainty,
});

type Options = z.output<typeof optionsSchema>;

/**
 * Takes the k-th smallest score of the defective parts, with the largest k for which P(Bin(n, 1 − r) ≤ k − 1) ≤ δ.
 * Flagging every part with `score >= threshold` then finds at least r of all defective parts with confidence 1 − δ; equal
 * scores only raise the recall.
 *
 * Per class δ is split over the classes and each has a threshold of its own; since a part has one score, the lowest of
 * them keeps every promise, and with them that of the whole, in whatever mix the classes come.
 */
export const guaranteedRecall: OperatingPointMethod<typeof optionsSchema> = {
	description: 'finds at least a share of defective parts, with stated confidence (order statistic)',
	optionsSchema,
	choose(scores, options) {
		const { recall, confidence } = options;
		expectUncertain({ recall, confidence });
		const groups = groupsOf(scores, options);
		const delta = (1 - confidence) / options.candidates / groups.length;
		const tolerated = groups.map(({ parts }) => toleratedErrors(parts.length, 1 - recall, delta));
		if (groups.length === 0 || tolerated.includes(undefined)) throw refusal(groups, delta, options);
		const thresholds = groups.map(({ parts }, i) => ascending(parts)[tolerated[i]!]);
		const threshold = Math.min(...thresholds);
		return {
			threshold,
			recall,
			confidence,
			n: scores.defective.length,
			toleratedMisses: options.perClass ? below(scores.defective, threshold) : tolerated[0]!,
			guarantees: groups.map(({ name, parts }, i) => guarantee(name, parts.length, tolerated[i]!, options)),
			looksAt: { defective: true, sound: false },
		};
	},
};

interface Group {
	/** The class; undefined for all of them together. */
	readonly name?: string;
	readonly parts: readonly number[];
}

function groupsOf({ defective, perClass = {} }: PartScores, options: Options): readonly Group[] {
	if (!options.perClass) return [{ parts: defective }];
	return Object.entries(perClass).map(([name, parts]) => ({ name, parts }));
}

function guarantee(name: string | undefined, n: number, tolerated: number, options: Options): Guarantee {
	const { recall: bound, confidence } = options;
	if (name === undefined) return { quantity: 'recall', bound, confidence, n, tolerated };
	return { quantity: 'class-recall', class: name, bound, confidence, n, tolerated };
}

function below(scores: readonly number[], threshold: number): number {
	return scores.filter((score) => score < threshold).length;
}

function expectUncertain(wanted: Readonly<Record<string, number>>): void {
	for (const [name, value] of Object.entries(wanted))
		if (!(value > 0 && value < 1))
			throw new AndonError('RECALL_NOT_CERTIFIABLE', {
				expected: `a ${name} between 0 and 1, both excluded`,
				found: String(value),
				fix: 'No finite number of parts can prove certainty: ask for 0.99, say.',
			});
}

/** Names each group that has too few parts, and the recall that all groups can certify. */
function refusal(groups: readonly Group[], delta: number, { recall, confidence, candidates }: Options): AndonError {
	const needed = partsNeeded(recall, 1 - delta);
	const short = groups.filter(({ parts }) => parts.length < needed);
	const possible = Math.min(...short.map(({ parts }) => certifiable(parts.length, delta)));
	const percent = `${Number((confidence * 100).toFixed(3))} %`;
	const split = [
		...(groups.length > 1 ? [`${groups.length} classes`] : []),
		...(candidates > 1 ? [`${candidates} candidates`] : []),
	];
	const each = groups.length > 1 || groups[0]?.name !== undefined ? ' of each class' : '';
	return new AndonError('RECALL_NOT_CERTIFIABLE', {
		expected:
			`at least ${needed} defective parts${each} to certify a recall of ${recall} with ${percent} confidence` +
			(split.length > 0 ? `, shared by ${split.join(' and ')}` : ''),
		found: groups.length === 0 ? 'no classes' : short.map((group) => foundIn(group, delta)).join('; '),
		fix:
			groups.length === 0
				? 'Score defective parts of named classes, or leave the classes together.'
				: `Score ${short.map(({ name, parts }) => `${needed - parts.length} more ${name ?? 'defective'} parts`).join(', ')}` +
					`${possible > 0 ? `, or ask for a recall of ${possible} or less` : ''}.`,
	});
}

function foundIn({ name, parts: { length } }: Group, delta: number): string {
	const of = name === undefined ? '' : ` of ${name}`;
	return length === 0
		? `none${of}`
		: `${length}${of}, which can certify a recall of at most ${certifiable(length, delta)}`;
}

/** Rounded down, so that asking for the printed recall succeeds. */
function certifiable(n: number, delta: number): number {
	return Math.floor(certifiableRecall(n, 1 - delta) * 1000) / 1000;
}
