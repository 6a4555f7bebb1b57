import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { benchGuarantee } from '../../../src/pipeline/bench-guarantee/bench-guarantee.ts';
import { LINES } from '../../../src/pipeline/bench-guarantee/lines.ts';

const RUNS = 300;
const cases = benchGuarantee({ runs: RUNS, seed: 5 });

t.test('every promise is kept within its tolerance, ties included', async (t) => {
	for (const one of cases.filter(({ promised }) => promised))
		t.ok(one.holds, `${one.name}: broken in ${one.violations}, allowed ${one.tolerance}`);
	const guaranteed = cases.filter(({ method }) => method === 'guaranteed-recall');
	t.strictSame(new Set(guaranteed.map(({ distribution }) => distribution)), new Set(Object.keys(LINES)));
	t.ok(new Set(guaranteed.map(({ r, delta, n }) => [r, delta, n].join())).size >= 6);
});

t.test(
	'the harness can fail: best F1 on the same draws and an unsplit delta break what they would have to keep',
	async (t) => {
		const broken = cases.filter(({ promised, holds }) => !promised && !holds);
		for (const distribution of ['uniform', 'overlapping', 'five-valued', 'blind-spot'])
			t.ok(
				broken.some((one) => one.method === 'best-f1' && one.distribution === distribution),
				distribution,
			);
		t.equal(broken.filter(({ method }) => method.endsWith('delta not split')).length, 2);
	},
);

t.test('without ties the promise is hardly more cautious than it must be', async (t) => {
	const { violations } = cases.find(
		({ method, distribution, n }) => method === 'guaranteed-recall' && distribution === 'uniform' && n === 46,
	)!;
	// Exactly P(Bin(46, 0.1) ≤ 1) = 0.0481; three standard deviations of 300 draws are 0.037.
	t.ok(Math.abs(violations - 0.0481) < 0.037, String(violations));
});

t.test('a seed gives the same figures again', async (t) => {
	const again = [1, 1, 2].map((seed) => benchGuarantee({ runs: 20, seed }).map(({ violations }) => violations));
	t.strictSame(again[0], again[1]);
	t.notSame(again[0], again[2]);
});

t.test('the truth that promises are held against is that of the draws', async (t) => {
	for (const [name, create] of Object.entries(LINES))
		for (const [kind, of] of Object.entries(create(0.9))) {
			const random = new Random(9);
			const draws = Array.from({ length: 4000 }, () => of.draw(random));
			for (const threshold of [0, 0.1, 0.25, 0.5, 128 / 255, 0.75, 0.9, 1]) {
				const p = of.atLeast(threshold);
				const found = draws.filter((score) => score >= threshold).length / draws.length;
				const tolerance = 4 * Math.sqrt((p * (1 - p)) / draws.length) + 1e-9;
				t.ok(Math.abs(found - p) <= tolerance, `${name}, ${kind} at ${threshold}: ${found} for ${p}`);
			}
		}
});
