import t from 'tap';
import { medianOf, percentilesOf, slopeOf } from '../../../src/cli/bench-station/percentiles.ts';

t.test('percentiles are values that were there', (t) => {
	const values = Array.from({ length: 200 }, (_, i) => 200 - i);
	t.same(percentilesOf(values), { p50: 100, p99: 198, max: 200 });
	t.same(percentilesOf([3]), { p50: 3, p99: 3, max: 3 });
	t.same(percentilesOf([]), { p50: 0, p99: 0, max: 0 });
	t.end();
});

t.test('the median of an even number of values lies between the two in the middle', (t) => {
	t.equal(medianOf([4, 1, 3]), 3);
	t.equal(medianOf([4, 1, 3, 2]), 2.5);
	t.end();
});

t.test('the slope is that of the line that fits best', (t) => {
	const points = [0, 1, 2, 3].map((x) => ({ x, y: 5 + 2 * x }));
	t.ok(Math.abs(slopeOf(points) - 2) < 1e-12);
	t.ok(Math.abs(slopeOf(points.map(({ x }) => ({ x, y: 7 })))) < 1e-12);
	t.end();
});
