import t from 'tap';
import { compareIous } from '../../../src/metrics/mask-iou/compare-ious.ts';
import { MaskIouTotals } from '../../../src/metrics/mask-iou/mask-ious.ts';

const p = (...values: number[]) => Float32Array.from(values);
const g = (...values: number[]) => Uint8Array.from(values);

function gathered() {
	const totals = new MaskIouTotals();
	totals.add(p(1, 1, 0, 0), g(1, 0, 0, 0), { defective: true, group: 'a' });
	totals.add(p(0.75, 0.75, 0, 0), g(1, 1, 0, 0), { defective: true, group: 'b' });
	totals.add(p(0.5, 0, 0, 0), g(1, 1, 0, 0), { defective: true, group: 'c' });
	totals.add(p(0.75, 0, 0, 0), g(0, 0, 0, 0), { defective: false, group: 'd' });
	totals.add(p(0, 0, 0, 0), g(0, 0, 0, 0), { defective: false, group: 'e' });
	return totals.totals();
}

t.test('images are told apart by what can be compared on them', async (t) => {
	t.same(gathered(), {
		pairs: [
			{ expected: 1, measured: 0.5, group: 'a' },
			{ expected: 0.75, measured: 1, group: 'b' },
		],
		unmarked: 1,
		markedSound: [0.75],
		sound: 2,
	});
});

t.test('the error is told before and after a correction, with bins for a plot', async (t) => {
	const knots = [
		{ expected: 0.75, corrected: 0.6 },
		{ expected: 1, corrected: 0.6 },
	];
	const correction = { method: 'isotonic', knots, n: 2, parts: 2, errors: { none: 1 } } as const;
	const { before, after, pairs, sound } = compareIous(gathered(), correction);
	t.match(before, { n: 2, meanExpected: 0.875, meanMeasured: 0.75, bias: 0.125, meanAbsoluteError: 0.375 });
	t.equal(before.correlation, -1);
	t.same(before.bins, [
		{ from: 0.7, to: 0.8, n: 1, expected: 0.75, measured: 1 },
		{ from: 0.9, to: 1, n: 1, expected: 1, measured: 0.5 },
	]);
	t.ok(Math.abs(after!.bias - (0.6 - 0.75)) < 1e-12);
	t.ok(Number.isNaN(after!.correlation), 'a constant goes with nothing');
	t.same(pairs[0], { expected: 1, corrected: 0.6, measured: 0.5 });
	t.same(sound, { n: 2, marked: 1, meanExpected: 0.6 });
	const plain = compareIous(gathered());
	t.notOk('after' in plain || 'correction' in plain || 'corrected' in plain.pairs[0]);
});
