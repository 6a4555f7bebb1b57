import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { Histogram } from '../../../src/quantization/ranges/histogram.ts';

t.test('percentiles agree with sorting, though the range grew many times on both sides', async (t) => {
	const random = new Random(11);
	const histogram = new Histogram();
	const all: number[] = [];
	for (let batch = 0; batch < 20; batch++) {
		const values = Float32Array.from({ length: 2000 }, () => random.normal() * 1.5 ** batch);
		histogram.add(values);
		all.push(...values);
	}
	all.sort((a, b) => a - b);
	t.equal(histogram.min, all[0]);
	t.equal(histogram.max, all[all.length - 1]);
	t.equal(histogram.count, all.length);
	const bin = (2 * (all[all.length - 1] - all[0])) / 1024;
	for (const percentile of [99.9, 99, 90]) {
		const cut = Math.floor((all.length * (100 - percentile)) / 200);
		const range = histogram.percentile(percentile);
		t.ok(Math.abs(range.min - all[cut]) <= bin, `lower end at ${percentile}`);
		t.ok(Math.abs(range.max - all[all.length - 1 - cut]) <= bin, `upper end at ${percentile}`);
	}
	t.strictSame(histogram.percentile(100), { min: histogram.min, max: histogram.max });
});

t.test('an outlier is cut, and its share is what lies outside', async (t) => {
	const histogram = new Histogram();
	const values = new Float32Array(10_000).map((_, i) => i / 10_000);
	values[0] = 1000;
	histogram.add(values);
	const range = histogram.percentile(99.9);
	t.ok(range.max < 2, `${range.max}`);
	t.equal(histogram.shareOutside(range), 1 / 10_000);
});

t.test('the range of least error cuts a far outlier and keeps a plain range', async (t) => {
	const far = new Histogram();
	far.add(Float32Array.from({ length: 1_000_000 }, (_, i) => (i === 0 ? 3 : i / 1_000_000)));
	const { min, max } = far.leastError();
	t.equal(min, 0);
	t.ok(max < 2 && max >= 1, `${max}`);
	const plain = new Histogram();
	plain.add(Float32Array.from({ length: 10_001 }, (_, i) => i / 5000 - 1));
	t.strictSame(plain.leastError(), { min: -1, max: 1 });
});

t.test('constant values and values that were zero at first are held', async (t) => {
	const histogram = new Histogram();
	histogram.add(new Float32Array(10));
	t.strictSame(histogram.percentile(99.9), { min: 0, max: 0 });
	histogram.add(Float32Array.of(3, -2));
	t.strictSame(histogram.percentile(100), { min: -2, max: 3 });
});

t.test('values that are not finite are refused', async (t) => {
	t.throws(() => new Histogram().add(Float32Array.of(1, Number.NaN)), TypeError);
	t.throws(() => new Histogram().add(Float32Array.of(Number.POSITIVE_INFINITY)), TypeError);
});
