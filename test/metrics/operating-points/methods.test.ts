import t from 'tap';
import { z } from 'zod';
import { Random } from '../../../src/base/random.ts';
import { operatingPointSchema } from '../../../src/bundle/manifest.ts';
import { binomialCdf } from '../../../src/metrics/binomial.ts';
import { guaranteesOf } from '../../../src/metrics/operating-point.ts';
import { choosePoint, OPERATING_POINTS, type PointMethod } from '../../../src/metrics/operating-points/index.ts';
import { nextUp } from '../../../src/metrics/operating-points/next-up.ts';
import { notPromised, promiseOf } from '../../../src/metrics/operating-points/promise-of.ts';
import { rateOf } from '../../../src/metrics/operating-points/share-flagged.ts';
import type { PartScores } from '../../../src/metrics/part-scores.ts';

/** 100 defective parts from 0.4 up, 200 sound ones up to 0.6: they overlap. */
const SCORES: PartScores = {
	defective: Array.from({ length: 100 }, (_, i) => 0.4 + (0.6 * i) / 100),
	sound: Array.from({ length: 200 }, (_, i) => (0.6 * i) / 200),
};

const OPTIONS = {
	'guaranteed-recall': { recall: 0.9 },
	'max-recall': { budget: 0.05 },
	'fixed-precision': { minPrecision: 0.9 },
	'best-f1': {},
	'cost-weighted': { missCost: 10, falseRejectCost: 1, defectRate: 0.02 },
	fixed: { threshold: 0.5 },
} as const;

const choose = <M extends PointMethod>(method: M, options: Parameters<typeof choosePoint<M>>[1], scores = SCORES) =>
	choosePoint(method, options, { scores, precision: 'int8' });

const methods = Object.keys(OPERATING_POINTS) as PointMethod[];

for (const method of methods)
	t.test(`${method} says what it promises and what not, prices it, and fits the manifest`, async (t) => {
		const point = choose(method, OPTIONS[method] as never);
		t.equal(point.method, method);
		t.strictSame(operatingPointSchema.parse(JSON.parse(JSON.stringify(point))), point);
		const promised = guaranteesOf(point).map(({ quantity }) => quantity);
		for (const quantity of ['recall', 'false-rejects', 'precision'] as const)
			t.not(
				promised.includes(quantity as never),
				point.notGuaranteed!.includes(quantity),
				`${quantity}: one or the other`,
			);
		const rejected = SCORES.sound.filter((score) => score >= point.threshold).length;
		t.match(point.falseRejects, { rate: rejected / 200, n: 200 });
		const looked = ['max-recall', 'fixed-precision', 'best-f1', 'cost-weighted'].includes(method);
		t.equal(point.falseRejects!.interval, looked ? 'simultaneous' : 'pointwise');
		t.equal(
			promiseOf(point).some((line) => line.includes('promises no recall')),
			!promised.includes('recall'),
		);
		t.equal(notPromised(point).length, point.notGuaranteed!.length);
		for (const schema of Object.values(OPERATING_POINTS[method].optionsSchema.shape))
			t.ok(z.toJSONSchema(schema as z.ZodType).description, 'every option is explained');
	});

t.test('points of before, without the new statements, are read as they were meant', async (t) => {
	const before = { threshold: 0.4, method: 'guaranteed-recall', recall: 0.9, confidence: 0.95, n: 46 } as const;
	const point = operatingPointSchema.parse({
		...before,
		toleratedMisses: 1,
		falseRejects: { rate: 0, low: 0, high: 0.1, n: 35 },
		precision: 'int8',
	});
	t.strictSame(guaranteesOf(point), [{ quantity: 'recall', bound: 0.9, confidence: 0.95, n: 46, tolerated: 1 }]);
	t.match(promiseOf(point), [/finds at least 90 % .* 46 defective parts, 1 miss tolerated/]);
	t.strictSame(notPromised(point), []);
	t.strictSame(guaranteesOf({ threshold: 0.4, method: 'fixed', precision: 'int8' }), []);
});

t.test(
	'max-recall keeps its budget by the largest rank that the binomial allows, and no lower threshold does',
	async (t) => {
		const point = choose('max-recall', { budget: 0.05 });
		const [{ tolerated, n }] = guaranteesOf(point);
		t.equal(n, 200);
		t.ok(binomialCdf(tolerated, 200, 0.05) <= 0.05 && binomialCdf(tolerated + 1, 200, 0.05) > 0.05);
		const sorted = SCORES.sound.toSorted((a, b) => b - a);
		t.equal(point.threshold, nextUp(sorted[tolerated]));
		t.equal(point.falseRejects!.rate, tolerated / 200);
		t.equal(point.measuredRecall!.interval, 'pointwise', 'the defective parts had no part in it');
		t.ok(choose('max-recall', { budget: 0.05, candidates: 4 }).threshold > point.threshold);
	},
);

t.test('a budget that the sound parts cannot prove is refused with the one they can', async (t) => {
	t.throws(() => choose('max-recall', { budget: 0.01 }), {
		code: 'POINT_UNREACHABLE',
		message: /299 sound parts.*200, which can certify a budget of 0\.015.*99 more/,
	});
	t.doesNotThrow(() => choose('max-recall', { budget: 0.015 }));
	t.throws(() => choose('max-recall', { budget: 0 }), { code: 'POINT_UNREACHABLE' });
	t.throws(() => choose('max-recall', { budget: 0.05 }, { defective: [], sound: [] }), { message: /found none/ });
	const saturated = { defective: [1], sound: [...Array(180).fill(0.1), ...Array(20).fill(1)] };
	t.throws(() => choose('max-recall', { budget: 0.05 }, saturated), { message: /20: no threshold.*recall .* is 0/ });
});

t.test('ties at the budget pass, all of them', async (t) => {
	const sound = [...Array(150).fill(0.2), ...Array(50).fill(0.7)];
	const point = choose('max-recall', { budget: 0.05 }, { defective: [0.7, 0.9], sound });
	t.ok(point.threshold > 0.7 && point.falseRejects!.rate === 0);
});

t.test('fixed-precision weighs the rates with the defect rate of the line, or refuses', async (t) => {
	const asScored = choose('fixed-precision', { minPrecision: 0.9 });
	const rare = choose('fixed-precision', { minPrecision: 0.9, defectRate: 0.02 });
	t.ok(rare.threshold > asScored.threshold, 'where defects are rare, the same rejects are less clean');
	const hits = SCORES.defective.filter((score) => score >= asScored.threshold).length;
	const alarms = SCORES.sound.filter((score) => score >= asScored.threshold).length;
	t.ok(hits / (hits + alarms) >= 0.9);
	const upsideDown = { defective: [0.1, 0.2], sound: [0.3, 0.4] };
	t.throws(() => choose('fixed-precision', { minPrecision: 0.9 }, upsideDown), {
		code: 'POINT_UNREACHABLE',
		message: /a precision of at most 0\.5, where the recall is 1/,
	});
});

t.test('cost-weighted is the cheapest of all thresholds, flagging nothing included', async (t) => {
	const options = { missCost: 10, falseRejectCost: 1, defectRate: 0.02 };
	const point = choose('cost-weighted', options);
	const costAt = (threshold: number) => {
		const share = (scores: readonly number[]) => scores.filter((score) => score >= threshold).length / scores.length;
		return 1000 * (0.02 * (1 - share(SCORES.defective)) * 10 + 0.98 * share(SCORES.sound));
	};
	const all = [...SCORES.defective, ...SCORES.sound, 1].map(costAt);
	t.ok(Math.abs(point.expectedCost! - Math.min(...all)) < 1e-9);
	t.ok(Math.abs(costAt(point.threshold) - point.expectedCost!) < 1e-9);
	const freeMisses = choose('cost-weighted', { ...options, missCost: 0 });
	t.equal(freeMisses.falseRejects!.rate, 0);
	const dear = choose('cost-weighted', { ...options, missCost: 1e6 });
	t.equal(dear.threshold, 0.4, 'every defective part is worth the false rejects');
});

t.test('what needs both kinds of parts says so, and wrong options are named', async (t) => {
	for (const method of ['best-f1', 'fixed-precision', 'cost-weighted'] as const)
		t.throws(() => choose(method, OPTIONS[method] as never, { defective: [], sound: [0.5] }), {
			code: 'POINT_UNREACHABLE',
			message: /0 defective, 1 sound/,
		});
	t.throws(() => choose('max-recall', {} as never), { code: 'USAGE', message: /max-recall.*budget/ });
	t.throws(() => choose('fixed', { threshold: 2 }), { code: 'USAGE', message: /threshold/ });
	t.throws(() => choose('best-f1', { recall: 1 } as never), { code: 'USAGE' });
});

t.test(
	'an interval after choosing covers the true share as often as it says, where a plain one does not',
	async (t) => {
		// Sound and defective parts score alike: best F1 then follows the noise. True share flagged at t: 1 − t.
		const random = new Random(11);
		const runs = 1500;
		const missed = { pointwise: 0, simultaneous: 0 };
		for (let run = 0; run < runs; run++) {
			const sound = Array.from({ length: 40 }, () => random.uniform());
			// The threshold that flatters most: the largest gap between what is counted and what is true.
			const gap = (s: number) => 1 - s - sound.filter((score) => score >= s).length / 40;
			const threshold = sound.map(nextUp).reduce((best, s) => (gap(s) > gap(best) ? s : best));
			const count = sound.filter((score) => score >= threshold).length;
			for (const [name, chosen] of [
				['pointwise', undefined],
				['simultaneous', 'threshold'],
			] as const)
				if (rateOf(count, 40, chosen)!.high < 1 - threshold) missed[name]++;
		}
		t.ok(missed.simultaneous / runs < 0.025, `${missed.simultaneous / runs}`);
		t.ok(missed.pointwise / runs > 0.1, `${missed.pointwise / runs} of plain intervals are wrong`);
	},
);

t.test('the next number up is the very next', async (t) => {
	for (const value of [0, 5e-324, 0.1, 0.5, 1 - 2 ** -53]) {
		const next = nextUp(value);
		t.ok(next > value);
		t.ok([value, next].includes((value + next) / 2), 'nothing lies between');
	}
	t.equal(nextUp(1 - 2 ** -53), 1);
});
