import t from 'tap';
import type { AndonError } from '../../src/base/errors.ts';
import { Random } from '../../src/base/random.ts';
import {
	certifiableRecall,
	certifyThreshold,
	falseRejectsAt,
	fixedThreshold,
	partsNeeded,
	toleratedMisses,
} from '../../src/metrics/certify-threshold.ts';

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
			const options = { recall, confidence: 0.95, precision: 'int8' };
			t.same(certifyThreshold(scores(n), options), {
				threshold: misses / n,
				method: 'guaranteed-recall',
				recall,
				confidence: 0.95,
				n,
				toleratedMisses: misses,
				precision: 'int8',
			});
			if (misses === 0)
				t.equal(refusalOf(() => certifyThreshold(scores(n - 1), options)).code, 'RECALL_NOT_CERTIFIABLE');
		});
	});

t.test('a refusal says what the parts can certify and how many are needed, and keeps its word', async (t) => {
	const options = { recall: 0.99, confidence: 0.95, precision: 'int8' };
	const error = refusalOf(() => certifyThreshold(scores(110), options));
	t.match(error.message, '299 defective parts');
	t.match(error.message, '110, which can certify a recall of at most 0.973');
	t.match(error.message, 'Score 189 more');
	t.equal(certifyThreshold(scores(110), { ...options, recall: 0.973 }).toleratedMisses, 0);
	t.throws(() => certifyThreshold(scores(110), { ...options, recall: 0.974 }));
	t.ok(Math.abs(certifiableRecall(110, 0.95) - 0.05 ** (1 / 110)) < 1e-12);
	const none = refusalOf(() => certifyThreshold([], options));
	t.match(none.message, 'found none');
	t.notMatch(none.message, 'or ask for');
});

t.test('certainty cannot be certified', async (t) => {
	for (const wish of [{ recall: 1 }, { recall: 0 }, { confidence: 1 }, { confidence: 0 }, { recall: Number.NaN }]) {
		const error = refusalOf(() =>
			certifyThreshold(scores(5000), { recall: 0.9, confidence: 0.95, precision: 'int8', ...wish }),
		);
		t.equal(error.code, 'RECALL_NOT_CERTIFIABLE');
		t.match(error.message, 'between 0 and 1');
	}
});

t.test('tied scores at the threshold miss no more than was promised', async (t) => {
	const tied = [...Array(60).fill(0.4), ...Array(40).fill(0.9)];
	const point = certifyThreshold(tied, { recall: 0.9, confidence: 0.95, precision: 'int8' });
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
		if (1 - certifyThreshold(sample, { recall: 0.9, confidence: 0.95, precision: 'int8' }).threshold < 0.9) broken++;
	}
	// Exactly P(Bin(76, 0.1) ≤ 3) = 0.04697; three standard deviations of 4000 draws are 0.0100.
	t.ok(broken / plants > 0.037 && broken / plants < 0.057, `${broken / plants} broken`);
});

t.test('choosing among several models costs confidence', async (t) => {
	const options = { recall: 0.9, confidence: 0.95, precision: 'int8' };
	const [alone, ofFive] = [1, 5].map((candidates) => certifyThreshold(scores(100), { ...options, candidates }));
	t.equal(alone.toleratedMisses, toleratedMisses(100, 0.9, 0.95));
	t.equal(ofFive.toleratedMisses, toleratedMisses(100, 0.9, 0.99));
	t.ok(ofFive.threshold < alone.threshold);
	t.equal(ofFive.confidence, 0.95, 'what is stated is the joint confidence');
});

t.test('the price is the share of sound parts at or above the threshold, with its interval', async (t) => {
	const sound = [0.1, 0.2, 0.3, 0.3, ...Array(16).fill(0.05)];
	const price = falseRejectsAt(0.3, sound);
	t.strictSame([price.rate, price.n], [0.1, 20]);
	// scipy.stats.beta.ppf(0.025, 2, 19) and beta.ppf(0.975, 3, 18).
	t.ok(Math.abs(price.low - 0.012348527170294808) < 1e-12 && Math.abs(price.high - 0.31698271401908235) < 1e-12);
	const point = certifyThreshold(scores(29), {
		recall: 0.9,
		confidence: 0.95,
		precision: 'int8',
		soundScores: [0, 0.5],
	});
	t.equal(point.falseRejects?.rate, 1);
	t.equal(point.falseRejects?.n, 2);
	const fixed = fixedThreshold(0.4, { precision: 'fp32', soundScores: [0, 0.5] });
	t.strictSame([fixed.method, fixed.threshold, fixed.precision, fixed.falseRejects?.rate], ['fixed', 0.4, 'fp32', 0.5]);
	t.equal(fixedThreshold(0.4, { precision: 'fp32', soundScores: [] }).falseRejects, undefined);
});

t.test('scores that are not numbers are refused', async (t) => {
	const options = { recall: 0.9, confidence: 0.95, precision: 'int8' };
	t.throws(() => certifyThreshold([...scores(28), Number.NaN], options), TypeError);
});
