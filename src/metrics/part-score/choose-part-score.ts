/** Which score judges parts best, on labelled images that were not trained on: one of several, or one learned from them. */
import { Random } from '../../base/random.ts';
import { averagePrecision } from '../precision-recall.ts';
import { fitLearnedScore, type LearnedScore, learnedScoreOf, type ScoredByKinds } from './learned-score.ts';

export interface PartScoreChoice {
	readonly kind: string;
	/** When the learned one was chosen; fitted on all images. */
	readonly learned?: LearnedScore;
	/** Average precision of every candidate; of the learned one cross-validated over parts. */
	readonly candidates: readonly { readonly kind: string; readonly ap: number }[];
	readonly images: number;
	readonly parts: number;
}

const LEARNED = 'learned';
const FOLDS = 10;
const DRAWS = 200;
/** With fewer parts of either kind nothing is learned. */
const FEWEST_PARTS = 10;

/**
 * Chooses by average precision. The first candidate wins that is not worse than the best by more than one standard error of
 * their difference (bootstrap over parts), so that a few lucky parts do not decide.
 *
 * @param kinds candidates, the one to stay with first
 * @param from the kinds that the learned score is made of
 */
export function choosePartScore(
	items: readonly ScoredByKinds[],
	kinds: readonly string[],
	from: readonly string[],
): PartScoreChoice {
	const compared = compare(items, kinds, from);
	const kind = simplestOfTheBest(items, compared);
	return choiceOf(items, compared, kind, from);
}

/** The learned score without a choice; undefined when there are too few parts to learn from. */
export function learnPartScore(
	items: readonly ScoredByKinds[],
	kinds: readonly string[],
	from: readonly string[],
): PartScoreChoice | undefined {
	const compared = compare(items, kinds, from);
	return compared.scores.has(LEARNED) ? choiceOf(items, compared, LEARNED, from) : undefined;
}

interface Compared {
	readonly groups: Groups;
	/** By candidate, in the order of the items. */
	readonly scores: ReadonlyMap<string, readonly number[]>;
	readonly candidates: PartScoreChoice['candidates'];
}

function compare(items: readonly ScoredByKinds[], kinds: readonly string[], from: readonly string[]): Compared {
	const groups = [...Map.groupBy(items, ({ group }) => group).values()];
	const scores = new Map(kinds.map((kind) => [kind, items.map((item) => item.scores[kind])]));
	const crossValidated = from.length > 1 ? learnedOutOfFold(items, groups, from) : undefined;
	if (crossValidated) scores.set(LEARNED, crossValidated);
	return { groups, scores, candidates: [...scores].map(([kind, values]) => ({ kind, ap: apOf(items, values) })) };
}

function choiceOf(
	items: readonly ScoredByKinds[],
	{ candidates, groups }: Compared,
	kind: string,
	from: readonly string[],
): PartScoreChoice {
	const learned = kind === LEARNED ? { learned: fitLearnedScore(items, from) } : {};
	return { kind, ...learned, candidates, images: items.length, parts: groups.length };
}

type Groups = readonly (readonly ScoredByKinds[])[];

/** Every image's score under weights that its part had no share in; undefined when there are too few parts. */
function learnedOutOfFold(items: readonly ScoredByKinds[], groups: Groups, from: readonly string[]) {
	const kinds = [true, false].map((wanted) => groups.filter((group) => isDefective(group) === wanted));
	if (kinds.some((groups) => groups.length < FEWEST_PARTS)) return undefined;
	// Dealt out kind by kind, so that every fold has its share of defective parts.
	const dealt = kinds.flatMap((groups) => new Random(0).shuffle([...groups]));
	const found = new Map<ScoredByKinds, number>();
	for (let fold = 0; fold < FOLDS; fold++) {
		const learned = fitLearnedScore(dealt.filter((_, i) => i % FOLDS !== fold).flat(), from);
		for (const item of dealt.filter((_, i) => i % FOLDS === fold).flat())
			found.set(item, learnedScoreOf(item.scores, learned));
	}
	return items.map((item) => found.get(item)!);
}

function isDefective(group: readonly ScoredByKinds[]): boolean {
	return group.some(({ defective }) => defective);
}

function simplestOfTheBest(items: readonly ScoredByKinds[], { groups, scores, candidates }: Compared): string {
	const best = candidates.reduce((a, b) => (b.ap > a.ap ? b : a));
	const places = new Map(items.map((item, i) => [item, i]));
	const random = new Random(1);
	const draws = Array.from({ length: DRAWS }, () => groups.flatMap(() => random.pick(groups)));
	const apsOf = (kind: string) =>
		draws.map((drawn) => {
			const values = scores.get(kind)!;
			return apOf(
				drawn,
				drawn.map((item) => values[places.get(item)!]),
			);
		});
	const bestAps = apsOf(best.kind);
	return candidates.find(({ kind, ap }) => {
		const aps = apsOf(kind);
		const differences = bestAps.map((value, i) => value - aps[i]).filter(Number.isFinite);
		return best.ap - ap <= deviationOf(differences);
	})!.kind;
}

function deviationOf(values: readonly number[]): number {
	const mean = values.reduce((a, b) => a + b, 0) / values.length;
	return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function apOf(items: readonly ScoredByKinds[], scores: readonly number[]): number {
	return averagePrecision(items.map(({ defective }, i) => ({ defective, score: scores[i] })));
}
