import t, { type Test } from 'tap';
import { binomialCdf, clopperPearson, lowerBound } from '../../src/metrics/binomial.ts';

const near = (t: Test, found: number, expected: number, tolerance: number, what: string) =>
	t.ok(
		Math.abs(found - expected) <= tolerance * Math.max(Math.abs(expected), 1e-300),
		`${what}: ${found} beside ${expected}`,
	);

t.test('the distribution agrees with scipy.stats.binom.cdf, far into the tail', async (t) => {
	for (const [k, n, p, expected] of [
		[0, 29, 0.1, 0.04710128697246244],
		[3, 76, 0.1, 0.04697255044270044],
		[50, 100, 0.5, 0.5397946186935889],
		[7, 7752, 0.001, 0.48802613570951625],
		[0, 20000, 0.001, 2.040631186762137e-9],
		[990, 1000, 0.99, 0.5426994078251104],
		[2, 10, 0.9, 3.735999999999993e-7],
		[5, 100000, 0.001, 3.117381885471972e-36],
	])
		near(t, binomialCdf(k, n, p), expected, 1e-11, `P(Bin(${n}, ${p}) ≤ ${k})`);
});

t.test('the ends of the distribution are exact', async (t) => {
	t.equal(binomialCdf(-1, 10, 0.5), 0);
	t.equal(binomialCdf(10, 10, 0.5), 1);
	t.equal(binomialCdf(0, 10, 0), 1);
	t.equal(binomialCdf(9, 10, 1), 0);
});

t.test('two-sided Clopper–Pearson intervals agree with scipy.stats.beta', async (t) => {
	for (const [x, n, low, high] of [
		[0, 10, 0, 0.3084971078187607],
		[10, 10, 0.6915028921812392, 1],
		[3, 20, 0.0320709371854637, 0.37892682654531396],
		[1, 110, 0.0002301354055502925, 0.04961118931198478],
		[57, 191, 0.2345161583799708, 0.3687214931055634],
		[0, 1000, 0, 0.003682083896865671],
		[999, 1000, 0.9944410757201734, 0.9999746825125088],
	]) {
		const interval = clopperPearson(x, n);
		near(t, interval.low, low, 1e-11, `low of ${x} in ${n}`);
		near(t, interval.high, high, 1e-11, `high of ${x} in ${n}`);
	}
});

t.test('110 parts with 0, 1 and 2 misses prove the recalls of the one-sided bound', async (t) => {
	[0.9731335699937322, 0.957600953042881, 0.9438729148535301].forEach((expected, misses) => {
		near(t, lowerBound(110 - misses, 110, 0.95), expected, 1e-11, `${misses} misses`);
	});
});

t.test('no parts prove nothing', async (t) => {
	t.strictSame(clopperPearson(0, 0), { low: 0, high: 1 });
});
