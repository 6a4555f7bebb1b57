import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { expectedIou } from '../../src/metrics/expected-iou.ts';
import { diceOf, iouOf, overlapOf } from '../../src/metrics/overlap.ts';
import { SegmentationTotals } from '../../src/metrics/segmentation.ts';

const p = (...values: number[]) => Float32Array.from(values);
const g = (...values: number[]) => Uint8Array.from(values);

t.test('overlap counts pixels above one half, not at it', async (t) => {
	const overlap = overlapOf(p(0.9, 0.5, 0.51, 0.1), g(255, 255, 0, 0));
	t.strictSame(overlap, { intersection: 1, union: 3 });
	t.equal(iouOf(overlap), 1 / 3);
	t.equal(diceOf(overlap), 2 / 4);
	t.ok(Number.isNaN(iouOf(overlapOf(p(0, 0), g(0, 0)))));
	t.throws(() => overlapOf(p(0.1), g(0, 0)), TypeError);
});

t.test('masks of 0/255 bytes and of 0/1 floats mean the same', async (t) => {
	t.strictSame(overlapOf(p(0.9, 0.9, 0), g(255, 0, 255)), overlapOf(p(0.9, 0.9, 0), Float32Array.of(1, 0, 1)));
});

t.test('sums go over defective images, by class, and sound images are left out', async (t) => {
	const totals = new SegmentationTotals();
	totals.add(p(0.9, 0.9, 0.9, 0.9), g(255, 255, 255, 255), 'scratch');
	totals.add(p(0, 0, 0, 0.9), g(255, 0, 0, 255), 'scratch');
	totals.add(p(0.9, 0, 0, 0), g(255, 255, 255, 255), 'pit');
	totals.add(p(0.9, 0.9, 0.9, 0.9), g(0, 0, 0, 0), undefined);
	const scores = totals.scores();
	t.equal(scores.iou, 6 / 10, 'not the mean of 1, 1/2 and 1/4');
	t.same(scores.perClass, { pit: 1 / 4, scratch: 5 / 6 });
	t.equal(scores.macroIou, (1 / 4 + 5 / 6) / 2);
	t.equal(scores.dice, 12 / 16);
});

t.test('nothing seen is NaN, which JSON writes as null', async (t) => {
	t.same(JSON.parse(JSON.stringify(new SegmentationTotals().scores())), {
		iou: null,
		macroIou: null,
		dice: null,
		perClass: {},
	});
});

t.test('expected IoU follows its formula and is absent without a mask', async (t) => {
	t.equal(expectedIou(p(1, 1, 0, 0)), 1);
	const estimate = expectedIou(p(0.75, 0.75, 0.25, 0.25));
	t.equal(estimate, 1.5 / 2.5);
	t.equal(expectedIou(p(0.5, 0.2)), undefined);
});

t.test('expected IoU comes near the mean IoU over truths drawn from calibrated probabilities', async (t) => {
	const random = new Random(3);
	const probabilities = Float32Array.from({ length: 400 }, (_, i) => (i < 60 ? 0.85 : 0.03));
	let sum = 0;
	for (let draw = 0; draw < 500; draw++)
		sum += iouOf(
			overlapOf(
				probabilities,
				Uint8Array.from(probabilities, (q) => (random.chance(q) ? 255 : 0)),
			),
		);
	t.ok(Math.abs(sum / 500 - (expectedIou(probabilities) ?? 0)) < 0.01, `${sum / 500}`);
});
