import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { SPLITS, type Split } from '../../../src/training/datasets/dataset.ts';
import { type ClassCounts, stratify } from '../../../src/training/datasets/stratify.ts';

const SHARES = { train: 0.7, val: 0.15, test: 0.15 };

function totalsOf(groups: readonly ClassCounts[]): Map<string, number> {
	const totals = new Map<string, number>();
	for (const { counts } of groups)
		for (const [name, count] of counts) totals.set(name, (totals.get(name) ?? 0) + count);
	return totals;
}

function deal(groups: readonly ClassCounts[], seed = 1, shares = SHARES) {
	const wanted = new Map(
		[...totalsOf(groups)].map(([name, n]) => [
			name,
			{ train: shares.train * n, val: shares.val * n, test: shares.test * n },
		]),
	);
	const splits = stratify(groups, wanted, new Random(seed));
	const share = (name: string, split: Split) =>
		(totalsOf(groups.filter((group) => splits.get(group.name) === split)).get(name) ?? 0) / totalsOf(groups).get(name)!;
	return { splits, share };
}

function group(name: string, counts: Readonly<Record<string, number>>, split?: Split): ClassCounts {
	return { name, counts: new Map(Object.entries(counts)), split };
}

t.test('single images of common and rare classes are dealt to within one image of their shares', (t) => {
	const counts = { ok: 1000, dent: 100, rare: 7 };
	const groups = Object.entries(counts).flatMap(([name, n]) =>
		Array.from({ length: n }, (_, i) => group(`${name}${i}`, { [name]: 1 })),
	);
	for (let seed = 0; seed < 10; seed++) {
		const { share } = deal(groups, seed);
		for (const [name, n] of Object.entries(counts))
			for (const split of SPLITS)
				t.ok(Math.abs(share(name, split) - SHARES[split]) * n <= 1, `${name} in ${split}: ${share(name, split) * n}`);
	}
	t.end();
});

t.test('groups of several classes and very different sizes keep every class in proportion', (t) => {
	const random = new Random(3);
	const groups = Array.from({ length: 120 }, (_, i) => {
		const counts: Record<string, number> = { ok: 1 + random.integer(12) };
		if (random.chance(0.4)) counts.dent = 1 + random.integer(4);
		if (random.chance(0.2)) counts.crack = 1 + random.integer(3);
		if (random.chance(0.06)) counts.stain = 1;
		return group(`item${i}`, counts);
	});
	for (let seed = 0; seed < 10; seed++) {
		const { splits, share } = deal(groups, seed);
		t.equal(splits.size, groups.length);
		for (const name of ['ok', 'dent', 'crack'])
			for (const split of SPLITS) {
				const wrong = Math.abs(share(name, split) - SHARES[split]);
				t.ok(wrong < 0.05, `${name} in ${split}: ${wrong} off`);
			}
		for (const split of SPLITS) t.ok(share('stain', split) > 0, `stain is in ${split}`);
	}
	t.end();
});

t.test('a class of three groups is in all splits, even beside a giant group', (t) => {
	const three = [1, 2, 3].map((i) => group(`c${i}`, { crack: 1, ok: 7 }));
	const giant = [group('g', { dent: 200 }), ...[1, 2, 3, 4].map((i) => group(`d${i}`, { dent: 2 }))];
	const sound = Array.from({ length: 40 }, (_, i) => group(`s${i}`, { ok: 8 }));
	for (let seed = 0; seed < 20; seed++) {
		const { splits, share } = deal([...three, ...giant, ...sound], seed);
		for (const split of SPLITS) {
			t.ok(share('crack', split) > 0, `crack in ${split}`);
			t.ok(share('dent', split) > 0, `dent in ${split}`);
			t.ok(Math.abs(share('ok', split) - SHARES[split]) < 0.04, `ok in ${split}: ${share('ok', split)}`);
		}
		t.equal(splits.get('g'), 'train', 'the giant goes where most is wanted');
	}
	t.end();
});

t.test('groups that have a split stay, and the others make up for them', (t) => {
	const fixed = Array.from({ length: 30 }, (_, i) => group(`fixed${i}`, { ok: 1 }, i < 15 ? 'val' : 'train'));
	const open = Array.from({ length: 70 }, (_, i) => group(`open${i}`, { ok: 1 }));
	const { splits, share } = deal([...fixed, ...open]);
	for (const { name, split } of fixed) t.equal(splits.get(name), split);
	t.equal(Math.round(share('ok', 'val') * 100), 15);
	t.equal(Math.round(share('ok', 'train') * 100), 70);
	t.end();
});

t.test('a split that wants nothing gets nothing, and the seed decides the rest', (t) => {
	const groups = Array.from({ length: 50 }, (_, i) => group(`${i}`, { [i % 10 === 0 ? 'dent' : 'ok']: 1 }));
	const shares = { train: 0.9, val: 0.1, test: 0 };
	const [a, b, c] = [1, 1, 2].map((seed) => [...deal(groups, seed, shares).splits].toSorted());
	t.ok(a.every(([, split]) => split !== 'test'));
	t.same(a, b);
	t.notSame(a, c);
	t.end();
});
