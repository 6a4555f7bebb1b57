import t from 'tap';
import type { AndonError } from '../../../src/base/errors.ts';
import { Random } from '../../../src/base/random.ts';
import { choosePoint } from '../../../src/metrics/operating-points/index.ts';
import {
	certifiableRecall,
	partsNeeded,
	toleratedMisses,
} from '../../../src/metrics/operating-points/order-statistic.ts';
import { shareFlagged } from '../../../src/metrics/operating-points/share-flagged.ts';

/** The smallest n at confidence 0.95, by recall and tolerated misses 0, 1, 2, 3. */
const TABLE: [number, number[]][] = [
	[0.9, [29, 46, 61, 76]],
	[0.95, [59, 93, 124, 153]],
	[0.98, [149, 236, 313, 386]],
	[0.99, [299, 473, 628, 773]],
	[0.995, [598]],
	[0.999, [2995, 4742]],
];

/** n distinct scores, shuffled: i/n for i = 0 … n − 1. */
function scores(n: number, random = new Random(1)): number[] {
	return random.shuffle(Array.from({ length: n }, (_, i) => i / n));
}

type Options = Parameters<typeof choosePoint<'guaranteed-recall'>>[1];

function certify(defective: readonly number[], options: Options, sound: readonly number[] = []) {
	return choosePoint('guaranteed-recall', options, { scores: { defective, sound }, precision: 'int8' });
}

function refusalOf(run: () => unknown): AndonError {
	try {
		run();
	} catch (error) {
		return error as AndonError;
	}
	throw new Error('should have been refused');
}

for (const [recall, row] of TABLE)
	row.forEach((n, misses) => {
		t.test(`recall ${recall}: ${n} parts are the fewest that tolerate ${misses} misses`, async (t) => {
			t.equal(partsNeeded(recall, 0.95, misses), n);
			t.equal(toleratedMisses(n, recall, 0.95), misses);
			t.equal(toleratedMisses(n - 1, recall, 0.95), misses === 0 ? undefined : misses - 1);
			t.same(certify(scores(n), { recall }), {
				threshold: misses / n,
				method: 'guaranteed-recall',
				options: { recall, perClass: false, confidence: 0.95, candidates: 1 },
				recall,
				confidence: 0.95,
				n,
				toleratedMisses: misses,
				guarantees: [{ quantity: 'recall', bound: recall, confidence: 0.95, n, tolerated: misses }],
				notGuaranteed: ['false-rejects', 'precision'],
				precision: 'int8',
			});
			if (misses === 0) t.equal(refusalOf(() => certify(scores(n - 1), { recall })).code, 'RECALL_NOT_CERTIFIABLE');
		});
	});

t.test('a refusal says what the parts can certify and how many are needed, and keeps its word', async (t) => {
	const error = refusalOf(() => certify(scores(110), { recall: 0.99 }));
	t.match(error.message, '299 defective parts');
	t.match(error.message, '110, which can certify a recall of at most 0.973');
	t.match(error.message, 'Score 189 more defective parts');
	t.equal(certify(scores(110), { recall: 0.973 }).toleratedMisses, 0);
	t.throws(() => certify(scores(110), { recall: 0.974 }));
	t.ok(Math.abs(certifiableRecall(110, 0.95) - 0.05 ** (1 / 110)) < 1e-12);
	const none = refusalOf(() => certify([], { recall: 0.99 }));
	t.match(none.message, 'found none');
	t.notMatch(none.message, 'or ask for');
});

t.test('certainty cannot be certified', async (t) => {
	for (const wish of [{ recall: 1 }, { recall: 0 }, { confidence: 1 }, { confidence: 0 }]) {
		const error = refusalOf(() => certify(scores(5000), { recall: 0.9, ...wish }));
		t.equal(error.code, 'RECALL_NOT_CERTIFIABLE');
		t.match(error.message, 'between 0 and 1');
	}
	t.equal(refusalOf(() => certify(scores(100), { recall: Number.NaN })).code, 'USAGE');
});

t.test('tied scores at the threshold miss no more than was promised', async (t) => {
	const tied = [...Array(60).fill(0.4), ...Array(40).fill(0.9)];
	const point = certify(tied, { recall: 0.9 });
	t.equal(point.threshold, 0.4);
	t.equal(tied.filter((score) => score < point.threshold).length, 0);
});

t.test('the promise is kept in at least 95 of 100 plants, and hardly more cautiously than it must', async (t) => {
	const random = new Random(7);
	const plants = 4000;
	let broken = 0;
	for (let i = 0; i < plants; i++) {
		// Scores uniform on [0, 1]: a threshold s finds exactly 1 − s of all defective parts.
		const sample = Array.from({ length: 76 }, () => random.uniform());
		if (1 - certify(sample, { recall: 0.9 }).threshold < 0.9) broken++;
	}
	// Exactly P(Bin(76, 0.1) ≤ 3) = 0.04697; three standard deviations of 4000 draws are 0.0100.
	t.ok(broken / plants > 0.037 && broken / plants < 0.057, `${broken / plants} broken`);
});

t.test('choosing among several models costs confidence', async (t) => {
	const [alone, ofFive] = [1, 5].map((candidates) => certify(scores(100), { recall: 0.9, candidates }));
	t.equal(alone.toleratedMisses, toleratedMisses(100, 0.9, 0.95));
	t.equal(ofFive.toleratedMisses, toleratedMisses(100, 0.9, 0.99));
	t.ok(ofFive.threshold < alone.threshold);
	t.equal(ofFive.confidence, 0.95, 'what is stated is the joint confidence');
	const refused = refusalOf(() => certify(scores(40), { recall: 0.9, candidates: 5 }));
	t.match(refused.message, /at least 44 defective parts .* shared by 5 candidates/);
	t.match(refused.message, 'a recall of at most 0.891');
	t.equal(certify(scores(40), { recall: 0.891, candidates: 5 }).toleratedMisses, 0);
});

t.test('per class each has its own promise, and the lowest of their thresholds keeps them all', async (t) => {
	const easy = scores(100).map((score) => 0.5 + score / 2);
	const hard = scores(60).map((score) => score / 2);
	const parts = { defective: [...easy, ...hard], sound: [], perClass: { crack: hard, pit: easy } };
	const choose = (options: Options, given = parts) =>
		choosePoint('guaranteed-recall', options, { scores: given, precision: 'int8' });
	const together = choose({ recall: 0.9 });
	t.strictSame(together.notGuaranteed, ['class-recall', 'false-rejects', 'precision']);
	const point = choose({ recall: 0.9, perClass: true });
	const [crack, pit] = [60, 100].map((n) => toleratedMisses(n, 0.9, 0.975)!);
	t.match(point.guarantees, [
		{ quantity: 'class-recall', class: 'crack', bound: 0.9, confidence: 0.95, n: 60, tolerated: crack },
		{ quantity: 'class-recall', class: 'pit', n: 100, tolerated: pit },
	]);
	t.equal(point.threshold, crack / 60 / 2, 'the (crack + 1)-th smallest of the harder class');
	t.equal(point.toleratedMisses, crack, 'nothing of the easy class lies below it');
	t.strictSame(point.notGuaranteed, ['false-rejects', 'precision'], 'with every class also any mix of them');
	t.ok(point.threshold < together.threshold, 'the whole alone would let the hard class through');

	const few = { ...parts, perClass: { crack: hard.slice(0, 12), pit: easy, stain: [] } };
	const refused = refusalOf(() => choose({ recall: 0.9, perClass: true }, few));
	t.match(refused.message, /39 defective parts of each class .* shared by 3 classes/);
	t.match(refused.message, '12 of crack, which can certify a recall of at most 0.71');
	t.match(refused.message, 'none of stain');
	t.match(refused.message, 'Score 27 more crack parts, 39 more stain parts');
	const { stain, ...rest } = few.perClass;
	t.equal(stain.length, 0);
	const possible = refusalOf(() => choose({ recall: 0.9, perClass: true }, { ...few, perClass: rest as never }));
	t.match(possible.message, 'ask for a recall of 0.735 or less');
	t.doesNotThrow(() => choose({ recall: 0.735, perClass: true }, { ...few, perClass: rest as never }));
	t.match(
		refusalOf(() => choose({ recall: 0.9, perClass: true }, { ...parts, perClass: {} as never })).message,
		'no classes',
	);
});

t.test('the price is the share of sound parts at or above the threshold, with its interval', async (t) => {
	const sound = Array.from({ length: 20 }, (_, i) => (i < 18 ? 0.1 : 0.3));
	const price = shareFlagged(0.3, sound)!;
	t.match(price, { rate: 0.1, n: 20, interval: 'pointwise' });
	// scipy.stats.beta.ppf(0.025, 2, 19) and beta.ppf(0.975, 3, 18).
	t.ok(Math.abs(price.low - 0.012348527170294808) < 1e-12 && Math.abs(price.high - 0.31698271401908235) < 1e-12);
	const point = certify(scores(29), { recall: 0.9 }, [0, 0.5]);
	t.match(point.falseRejects, { rate: 1, n: 2, interval: 'pointwise' });
	t.equal(certify(scores(29), { recall: 0.9 }).falseRejects, undefined);
});

t.test('scores that are not numbers are refused', async (t) => {
	t.throws(() => certify([...scores(28), Number.NaN], { recall: 0.9 }), TypeError);
});
