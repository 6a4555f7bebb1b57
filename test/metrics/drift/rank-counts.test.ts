import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { cutPointsOf, RankCounts } from '../../../src/metrics/drift/rank-counts.ts';

t.test(
	'ranks of exchangeable values are uniform, whatever their distribution and however coarse the cuts',
	async (t) => {
		const random = new Random(1);
		const tenths = new Array(10).fill(0);
		for (let run = 0; run < 2000; run++) {
			const counts = new RankCounts([0.2, 0.3, 2]);
			// Skewed, and with many ties in the first interval.
			for (let i = 0; i < 7; i++) counts.add(counts.intervalOf(-Math.log(1 - random.uniform())));
			const interval = counts.intervalOf(-Math.log(1 - random.uniform()));
			tenths[Math.floor(10 * counts.rank(interval, random.uniform()))]++;
		}
		// Chi-square with 9 degrees of freedom: above 27.9 in 1 of 1000 such tests.
		t.ok(tenths.reduce((sum, n) => sum + (n - 200) ** 2 / 200, 0) < 27.9, tenths.join(' '));
	},
);

t.test('cut points reach beyond the bank, so that values nobody has seen keep their order', async (t) => {
	const points = cutPointsOf(Array.from({ length: 100 }, (_, i) => i));
	const counts = new RankCounts(points);
	t.ok(counts.intervalOf(120) < counts.intervalOf(190));
	t.ok(counts.intervalOf(-20) > counts.intervalOf(-90));
	t.same(
		points,
		points.toSorted((a, b) => a - b),
	);
});

t.test('a bank of one value has one cut point and no more', async (t) => {
	t.same(cutPointsOf([3, 3, 3]), [3]);
});
