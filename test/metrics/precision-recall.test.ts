import t, { type Test } from 'tap';
import { bestF1 } from '../../src/metrics/best-f1.ts';
import { confusionAt, f1Of, precisionOf, recallOf } from '../../src/metrics/confusion.ts';
import { averagePrecision, precisionRecallCurve } from '../../src/metrics/precision-recall.ts';
import { auroc } from '../../src/metrics/roc.ts';
import { rankCuts, type Scored } from '../../src/metrics/scored.ts';

/** Arithmetic that Python repeats exactly; few levels mean many ties. */
function sample(n: number, levels: number): Scored[] {
	const step = Math.floor(levels / 3);
	return Array.from({ length: n }, (_, i) => {
		const defective = (i * i * 31 + i * 7) % 11 < 3;
		return { defective, score: (((i * 7919) % levels) + (defective ? step : 0)) / (levels + step) };
	});
}

/** scikit-learn 1.9.1: average_precision_score, roc_auc_score, precision_recall_curve, precision, recall and F1 at 0.5. */
const REFERENCE = [
	{
		n: 200,
		levels: 17,
		ap: 0.5753385080454517,
		auroc: 0.7250783699059562,
		bestF1: 0.514018691588785,
		at: 0.22727272727272727,
		precision: 0.39080459770114945,
		recall: 0.6181818181818182,
		f1: 0.4788732394366197,
		cuts: 22,
	},
	{
		n: 500,
		levels: 499,
		ap: 0.6633197092249945,
		auroc: 0.7832195378151261,
		bestF1: 0.5373134328358209,
		at: 0.5233082706766917,
		precision: 0.4386792452830189,
		recall: 0.6838235294117647,
		f1: 0.5344827586206896,
		cuts: 461,
	},
	{
		n: 40,
		levels: 3,
		ap: 0.5458333333333333,
		auroc: 0.75,
		bestF1: 0.5,
		at: 0.25,
		precision: 0.375,
		recall: 0.6,
		f1: 0.46153846153846156,
		cuts: 4,
	},
];

const near = (t: Test, found: number, expected: number, what: string) =>
	t.ok(Math.abs(found - expected) <= 1e-13, `${what}: ${found} beside ${expected}`);

for (const reference of REFERENCE)
	t.test(`${reference.n} scores on ${reference.levels} levels measure as in scikit-learn`, async (t) => {
		const items = sample(reference.n, reference.levels);
		near(t, averagePrecision(items), reference.ap, 'average precision');
		near(t, auroc(items), reference.auroc, 'AUROC');
		near(t, bestF1(items)?.f1 ?? 0, reference.bestF1, 'best F1');
		near(t, bestF1(items)?.threshold ?? 0, reference.at, 'its threshold');
		const confusion = confusionAt(items, 0.5);
		near(t, precisionOf(confusion), reference.precision, 'precision');
		near(t, recallOf(confusion), reference.recall, 'recall');
		near(t, f1Of(confusion), reference.f1, 'F1');
		t.equal(precisionRecallCurve(items).length, reference.cuts);
	});

t.test('without ties, average precision is the mean precision at each hit', async (t) => {
	const items = [0.9, 0.8, 0.7, 0.6, 0.5].map((score, i) => ({ score, defective: i === 0 || i === 2 || i === 3 }));
	near(t, averagePrecision(items), (1 / 1 + 2 / 3 + 3 / 4) / 3, 'average precision');
});

t.test('the order in which equal scores arrive changes nothing', async (t) => {
	const items = sample(200, 5);
	t.equal(averagePrecision(items.toReversed()), averagePrecision(items));
	t.equal(auroc(items.toReversed()), auroc(items));
	t.strictSame(bestF1(items.toReversed()), bestF1(items));
});

t.test('perfect, reversed and constant scores give the known areas', async (t) => {
	const kinds = [false, false, true, true];
	const scored = (scores: number[]) => scores.map((score, i) => ({ score, defective: kinds[i] }));
	t.equal(auroc(scored([0.1, 0.2, 0.3, 0.4])), 1);
	t.equal(averagePrecision(scored([0.1, 0.2, 0.3, 0.4])), 1);
	t.equal(auroc(scored([0.4, 0.3, 0.2, 0.1])), 0);
	t.equal(auroc(scored([0.5, 0.5, 0.5, 0.5])), 0.5);
	t.equal(averagePrecision(scored([0.5, 0.5, 0.5, 0.5])), 0.5);
});

t.test('what cannot be measured is NaN or absent, never a flattering number', async (t) => {
	const sound = [{ score: 0.3, defective: false }];
	t.ok(Number.isNaN(averagePrecision(sound)));
	t.ok(Number.isNaN(averagePrecision([])));
	t.ok(Number.isNaN(auroc(sound)));
	t.ok(Number.isNaN(auroc([{ score: 0.3, defective: true }])));
	t.equal(bestF1(sound), undefined);
	t.ok(Number.isNaN(recallOf(confusionAt(sound, 0.5))));
	t.ok(Number.isNaN(precisionOf(confusionAt(sound, 0.5))));
});

t.test('a score that is not a number is refused', async (t) => {
	t.throws(() => rankCuts([{ score: Number.NaN, defective: true }]), TypeError);
});

t.test('a part exactly at the threshold is flagged', async (t) => {
	const items = [
		{ score: 0.5, defective: true },
		{ score: 0.5, defective: false },
		{ score: 0.49, defective: true },
		{ score: 0.49, defective: false },
	];
	t.strictSame(confusionAt(items, 0.5), { hits: 1, misses: 1, falseAlarms: 1, passes: 1 });
});
