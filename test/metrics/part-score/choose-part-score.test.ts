import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { choosePartScore } from '../../../src/metrics/part-score/choose-part-score.ts';
import { fitLearnedScore, learnedScoreOf, type ScoredByKinds } from '../../../src/metrics/part-score/learned-score.ts';

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Two exposures a part; each kind's logit is `signal` apart between sound and defective, with noise of its own. */
function parts(signal: Readonly<Record<string, number>>, count = 120, seed = 3): ScoredByKinds[] {
	const random = new Random(seed);
	return Array.from({ length: count }, (_, part) => {
		const defective = part % 3 === 0;
		return Array.from({ length: 2 }, () => ({
			defective,
			group: `${part}`,
			scores: Object.fromEntries(
				Object.entries(signal).map(([kind, apart]) => [kind, sigmoid((defective ? apart : 0) + random.normal())]),
			),
		}));
	}).flat();
}

t.test('regression finds the weights that scores were made with, and drops one that knows nothing', async (t) => {
	const { bias, weights } = fitLearnedScore(parts({ head: 2, peak: 1 }, 4000), ['head', 'peak']);
	// Normal logits of deviation 1: the best weights are the distances, and the bias follows from the prior.
	t.ok(Math.abs(weights.head - 2) < 0.15 && Math.abs(weights.peak - 1) < 0.1, JSON.stringify(weights));
	t.ok(Math.abs(bias - (Math.log(1 / 2) - (4 + 1) / 2)) < 0.2, `${bias}`);
	const against = fitLearnedScore(parts({ head: 2, peak: -1 }, 400), ['head', 'peak']);
	t.same(Object.keys(against.weights), ['head']);
	const separate = fitLearnedScore(
		parts({}, 60).map((part) => ({ ...part, scores: { head: part.defective ? 1 : 0 } })),
		['head'],
	);
	t.ok(Number.isFinite(separate.weights.head) && separate.weights.head > 0, 'even where a score separates perfectly');
	t.ok(learnedScoreOf({ head: 1 }, separate) > 0.9 && learnedScoreOf({ head: 0 }, separate) < 0.1);
});

t.test('what is clearly better is chosen, and among equals the one to stay with', async (t) => {
	const alike = choosePartScore(parts({ head: 2, peak: 2.02 }), ['head', 'peak'], []);
	t.equal(alike.kind, 'head');
	const peak = choosePartScore(parts({ head: 0.3, peak: 3 }), ['head', 'peak'], []);
	t.equal(peak.kind, 'peak');
	t.same([peak.images, peak.parts], [240, 120]);
	const both = choosePartScore(parts({ head: 1.5, peak: 1.5 }, 600), ['head', 'peak'], ['head', 'peak']);
	t.equal(both.kind, 'learned');
	t.ok(both.learned!.weights.head > 0 && both.learned!.weights.peak > 0);
	const ap = (kind: string) => both.candidates.find((candidate) => candidate.kind === kind)!.ap;
	t.ok(ap('learned') > ap('head') && ap('learned') > ap('peak'));
});

t.test('with few parts nothing is learned', async (t) => {
	const few = choosePartScore(parts({ head: 1, peak: 1 }, 27), ['head', 'peak'], ['head', 'peak']);
	t.same(
		few.candidates.map(({ kind }) => kind),
		['head', 'peak'],
	);
});
