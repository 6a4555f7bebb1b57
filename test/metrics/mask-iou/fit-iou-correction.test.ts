import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { fitIouCorrection } from '../../../src/metrics/mask-iou/fit-iou-correction.ts';
import { correctIou } from '../../../src/metrics/mask-iou/iou-correction.ts';
import type { IouPair } from '../../../src/metrics/mask-iou/mask-ious.ts';

/** Four exposures of every part; what is measured follows a curve, with noise. */
function pairs(parts: number, curve: (expected: number) => number, noise = 0.03): IouPair[] {
	const random = new Random(4);
	return Array.from({ length: 4 * parts }, (_, i) => {
		const expected = random.between(0.3, 1);
		const measured = Math.min(1, Math.max(0, curve(expected) + noise * random.normal()));
		return { expected, measured, group: `part ${Math.floor(i / 4)}` };
	});
}

t.test('cross-validation takes the simplest curve that fits', async (t) => {
	const cases = {
		shift: (x: number) => x - 0.2,
		line: (x: number) => 0.5 * x + 0.1,
		isotonic: (x: number) => x ** 4,
	};
	for (const [method, curve] of Object.entries(cases)) {
		const found = fitIouCorrection(pairs(80, curve))!;
		t.equal(found.method, method);
		t.same([found.n, found.parts], [320, 80]);
		t.ok(found.errors.none > 2 * found.errors[method], 'which halves the error at least');
		for (const x of [0.4, 0.6, 0.9]) t.ok(Math.abs(correctIou(x, found) - curve(x)) < 0.06, `${method} at ${x}`);
	}
});

t.test('a model that knows how well its masks fit is left alone, and so is one that few parts speak of', async (t) => {
	t.equal(fitIouCorrection(pairs(80, (x) => x)), undefined);
	t.equal(fitIouCorrection(pairs(9, (x) => x / 2)), undefined);
	t.ok(fitIouCorrection(pairs(10, (x) => x / 2)));
	t.equal(fitIouCorrection([]), undefined);
});

t.test('parts are never fitted and judged by at once: exposures that repeat each other prove nothing', async (t) => {
	const random = new Random(8);
	const parts = Array.from({ length: 12 }, () => [random.between(0.7, 0.8), random.between(0, 0.4)]);
	const repeated = parts.flatMap(([expected, measured], i) =>
		new Array<IouPair>(20).fill({ expected, measured, group: `${i}` }),
	);
	const alone = parts.map(([expected, measured], i) => ({ expected, measured, group: `${i}` }));
	const [many, few] = [fitIouCorrection(repeated)?.errors, fitIouCorrection(alone)?.errors];
	t.ok(many && few);
	for (const name of Object.keys(many!)) t.ok(Math.abs(many![name] - few![name]) < 1e-9, name);
});

t.test('the curve rises, is straight between its knots and level outside', async (t) => {
	const found = fitIouCorrection(pairs(60, (x) => x ** 5, 0.1))!;
	t.equal(found.method, 'isotonic');
	const { knots } = found;
	for (const [i, knot] of knots.entries()) {
		t.ok(knot.corrected >= 0 && knot.corrected <= 1);
		if (i > 0) t.ok(knot.expected > knots[i - 1].expected && knot.corrected >= knots[i - 1].corrected);
	}
	const two = {
		knots: [
			{ expected: 0.2, corrected: 0.1 },
			{ expected: 0.6, corrected: 0.5 },
		],
	} as const;
	t.same(
		[0, 0.2, 0.4, 0.6, 1].map((x) => Number(correctIou(x, two).toFixed(9))),
		[0.1, 0.1, 0.3, 0.5, 0.5],
	);
	t.equal(correctIou(0.7, { knots: [{ expected: 0.3, corrected: 0.4 }] }), 0.4);
});
