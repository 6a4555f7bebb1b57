import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { activationParameters, quantize, type Range, UINT8 } from '../../../src/quantization/parameters.ts';
import { RANGE_METHODS, type RangeMethod, rangesOf, TRIED_METHODS } from '../../../src/quantization/ranges/index.ts';
import { Observation } from '../../../src/quantization/ranges/observation.ts';

const random = new Random(5);
/** Heavy tails on both sides, and what a ReLU leaves of them. */
const signed = Float32Array.from({ length: 40_000 }, () => random.normal() ** 3 + 0.2);
const positive = signed.map((v) => Math.max(0, v));
const narrow = Float32Array.from({ length: 40_000 }, () => random.between(-1, 1));

t.test('every method of the table is tried by default, and gives a range that lies within what was seen', async (t) => {
	t.strictSame(new Set(TRIED_METHODS.map(({ method }) => method)), new Set(Object.keys(RANGE_METHODS)));
	for (const values of [signed, positive, narrow, positive.map((v) => -v), new Float32Array(9), Float32Array.of(2, 2)])
		for (const how of TRIED_METHODS) {
			const { min, max } = rangeOf(values, how);
			const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
			const slack = 1e-6 * (most - least);
			t.ok(min >= least - slack && max <= most + slack && min <= max, `${how.method}: ${min} to ${max}`);
		}
});

t.test('min-max is exact, and options are checked', async (t) => {
	t.strictSame(rangeOf(signed, { method: 'min-max' }), { min: Math.min(...signed), max: Math.max(...signed) });
	t.throws(() => rangeOf(signed, { method: 'percentile', percentile: 0 }), /percentile/);
	t.throws(() => rangeOf(signed, { method: 'kl', percentile: 3 } as unknown as RangeMethod), /percentile/);
});

t.test('moving extremes are the mean of the first images, then follow slowly', async (t) => {
	const observation = new Observation(1);
	for (let image = 1; image <= 20; image++) observation.add(Float32Array.of(-image, image * 2));
	const before = rangesOf(new Map([['x', observation]]), { method: 'moving-min-max' }).get('x')!;
	t.ok(Math.abs(before.min + 10.5) < 1e-9 && Math.abs(before.max - 21) < 1e-9, JSON.stringify(before));
	observation.add(Float32Array.of(-110.5, 21));
	const { min, max } = observation.movingExtremes;
	t.ok(Math.abs(min + 10.5 + 0.05 * 100) < 1e-9 && Math.abs(max - 21) < 1e-9, `${min} to ${max}`);
});

t.test('mse rounds the values themselves with least error, within what a finer search could win', async (t) => {
	for (const values of [signed, positive, narrow]) {
		const ours = realError(values, rangeOf(values, { method: 'mse' }));
		const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
		const ends = Array.from({ length: 40 }, (_, i) => (i + 1) / 40);
		const others = ends.flatMap((high) =>
			(least < 0 ? ends : [1]).map((low) => realError(values, { min: least * low, max: most * high })),
		);
		t.ok(ours <= 1.02 * Math.min(...others), `${ours} against ${Math.min(...others)}`);
	}
});

t.test('kl finds the threshold of an exhaustive search, as the method is written down', async (t) => {
	const counts = countsOf(positive);
	const ends = range(256, 2048, 8);
	const divergences = ends.map((end) => naiveDivergence(counts, 0, end));
	const { min, max } = rangeOf(positive, { method: 'kl' });
	t.equal(min, 0);
	const end = Math.round((max / Math.max(...positive)) * 2048);
	t.ok(end < 2048, 'the tail is cut');
	const [ours, best] = [naiveDivergence(counts, 0, end), Math.min(...divergences)];
	t.ok(ours <= 1.05 * best, `${ours} at ${end}, best ${best} at ${ends[divergences.indexOf(best)]}`);
	const negative = positive.map((v) => -v);
	const mirrored = countsOf(negative);
	const cut = rangeOf(negative, { method: 'kl' });
	t.equal(cut.max, 0);
	const start = 2048 - Math.round((cut.min / Math.min(...negative)) * 2048);
	const best2 = Math.min(...range(0, 1792, 8).map((first) => naiveDivergence(mirrored, first, 2048)));
	t.ok(naiveDivergence(mirrored, start, 2048) <= 1.05 * best2, `from ${start} on, best ${best2}`);
});

t.test('kl of values on both sides is a range that moving either end does not better', async (t) => {
	const counts = countsOf(signed);
	const [least, most] = [Math.min(...signed), Math.max(...signed)];
	const width = (most - least) / 2048;
	const zero = Math.round(-least / width);
	const { min, max } = rangeOf(signed, { method: 'kl' });
	const [first, end] = [Math.round((min - least) / width), Math.round((max - least) / width)];
	const ours = naiveDivergence(counts, first, end);
	for (const e of range(Math.max(zero + 1, first + 256), 2048, 16))
		t.ok(ours <= 1.1 * naiveDivergence(counts, first, e), `upper end ${e}`);
	for (const f of range(0, Math.min(zero - 1, end - 256), 16))
		t.ok(ours <= 1.1 * naiveDivergence(counts, f, end), `lower end ${f}`);
	t.ok(first > 0 && end < 2048, 'both tails are cut');
});

function rangeOf(values: Float32Array, how: RangeMethod): Range {
	const observation = new Observation(1);
	const half = values.length >> 1;
	observation.add(values.slice(0, half));
	observation.add(values.slice(half));
	return rangesOf(new Map([['x', observation]]), how).get('x')!;
}

/** Σ (x − x̂)² with the codes of ONNX Runtime. */
function realError(values: Float32Array, range: Range): number {
	const parameters = activationParameters(range);
	let sum = 0;
	for (const v of values) sum += ((quantize(v, parameters, UINT8) - parameters.zeroPoint) * parameters.scale - v) ** 2;
	return sum;
}

function range(from: number, to: number, step: number): number[] {
	return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** 2048 equal bins over zero and all values, exact zeros left out. */
function countsOf(values: Float32Array): number[] {
	const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
	const counts = new Array<number>(2048).fill(0);
	for (const v of values) if (v !== 0) counts[Math.min(2047, Math.floor(((v - least) / (most - least)) * 2048))]++;
	return counts;
}

/** Migacz 2017, step by step, with lists. */
function naiveDivergence(counts: readonly number[], first: number, end: number): number {
	const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
	const inside = counts.slice(first, end);
	const p = [...inside];
	p[0] += sum(counts.slice(0, first));
	p[p.length - 1] += sum(counts.slice(end));
	const q = p.map(() => 0);
	for (let level = 0; level < 256; level++) {
		const members = inside
			.map((_, i) => i)
			.filter((i) => i >= Math.floor((level * p.length) / 256) && i < Math.floor(((level + 1) * p.length) / 256));
		const filled = members.filter((i) => p[i] > 0);
		for (const i of filled) q[i] = Math.max(1e-4, sum(members.map((j) => inside[j])) / filled.length);
	}
	const [ps, qs] = [sum(p), sum(q)];
	return sum(p.map((v, i) => (v === 0 ? 0 : (v / ps) * Math.log(v / ps / (q[i] / qs)))));
}
