import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { compareThresholds, whatIf } from '../../src/metrics/what-if.ts';
import { judgeScore } from '../../src/station/decision/judge.ts';

const random = new Random(3);
const draw = (n: number, bend: number) => Array.from({ length: n }, () => random.uniform() ** bend);
const SCORES = { defective: draw(60, 0.4), sound: draw(140, 3), unknown: draw(100, 2) };

t.test('the verdicts counted are those that a station gives, hold band included', async (t) => {
	for (const holdBand of [undefined, { below: 0.1, above: 0.05 }])
		for (const threshold of [0, 0.2, 0.5, SCORES.defective[7], 1]) {
			const result = whatIf(SCORES, threshold, { holdBand });
			const share = (scores: readonly number[], verdict: string) =>
				scores.filter((score) => judgeScore(score, { threshold, holdBand }).verdict === verdict).length / scores.length;
			const all = [...SCORES.defective, ...SCORES.sound, ...SCORES.unknown];
			t.match(result, {
				rejects: { rate: share(all, 'defect'), n: 300 },
				reviews: { rate: share(all, 'review'), n: 300 },
				misses: { rate: share(SCORES.defective, 'ok'), n: 60 },
				falseRejects: { rate: share(SCORES.sound, 'defect'), n: 140 },
				falseReviews: { rate: share(SCORES.sound, 'review'), n: 140 },
				defectRate: 'as-recorded',
				n: { defective: 60, sound: 140, unknown: 100 },
			});
			for (const rate of [result.rejects!, result.reviews!, result.misses!, result.falseRejects!])
				t.ok(rate.low <= rate.rate && rate.rate <= rate.high);
		}
});

t.test('a defect rate weighs the kinds as they come on the line', async (t) => {
	const { rejects, falseRejects, misses, n } = whatIf(SCORES, 0.5, { defectRate: 0.02 });
	const expected = 0.02 * (1 - misses!.rate) + 0.98 * falseRejects!.rate;
	t.ok(Math.abs(rejects!.rate - expected) < 1e-12);
	t.ok(rejects!.low < expected && expected < rejects!.high);
	t.equal(n.unknown, 100);
	t.equal(whatIf({ defective: [], sound: [0.5] }, 0.5, { defectRate: 0.02 }).rejects, undefined);
});

t.test('without parts of a kind nothing is claimed of it', async (t) => {
	const result = whatIf({ defective: [], sound: [], unknown: [0.2, 0.7] }, 0.5);
	t.equal(result.rejects!.rate, 0.5);
	t.strictSame([result.misses, result.falseRejects, result.falseReviews], [undefined, undefined, undefined]);
});

t.test('thresholds are compared with their neighbours, and the picture counts every part', async (t) => {
	const { rows, histogram } = compareThresholds(SCORES, 0.5);
	const thresholds = rows.map(({ threshold }) => threshold);
	t.ok(thresholds.includes(0.5));
	t.strictSame(
		thresholds,
		thresholds.toSorted((a, b) => a - b),
	);
	t.equal(thresholds.length, 11);
	const rejects = rows.map((row) => row.rejects!.rate);
	t.strictSame(
		rejects,
		rejects.toSorted((a, b) => b - a),
		'the higher the threshold, the fewer rejects',
	);
	const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
	t.strictSame([sum(histogram.defective), sum(histogram.sound), sum(histogram.unknown)], [60, 140, 100]);
	t.strictSame(compareThresholds({ defective: [], sound: [] }, 0.5).rows.length, 1);
	t.equal(compareThresholds({ defective: [0.2], sound: [1] }, 1).rows.length, 2);
});
