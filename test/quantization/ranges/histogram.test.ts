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
	const bin = (all[all.length - 1] - all[0]) / 2048;
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

t.test('bins hold every value but exact zeros, in their place', async (t) => {
	const histogram = new Histogram();
	histogram.add(Float32Array.of(0, 0, 0, 1, 2.1, 2.1, 3.3));
	histogram.add(Float32Array.of(-4, 0, 7.5));
	const { low, width, counts } = histogram.bins();
	t.ok(counts.length >= 2048);
	const at = (v: number) => counts[Math.floor((v - low) / width)];
	t.strictSame([-4, 1, 2.1, 7.5, 0].map(at), [1, 1, 2, 1, 0]);
	t.equal(histogram.count, 10);
	t.equal(histogram.shareOutside({ min: -1, max: 3 }), 3 / 10);
	t.ok(Math.abs(histogram.percentile(50).min) <= width, 'zeros count where percentiles are cut');
});
