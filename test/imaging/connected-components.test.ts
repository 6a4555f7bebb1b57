import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { connectedComponents } from '../../src/imaging/connected-components.ts';

t.test('regions are boxed, measured and listed by size', (t) => {
	const map = Float32Array.of(
		...[0.9, 0.0, 0.0, 0.0, 0.0],
		...[0.0, 0.7, 0.0, 0.0, 0.6],
		...[0.0, 0.8, 0.0, 0.0, 0.0],
		...[0.0, 0.0, 0.5, 0.0, 0.0],
	);
	const { largest, count } = connectedComponents(map, 5, 4, 0.5);
	const [first, second] = largest;
	t.match(first, { box: { x: 0, y: 0, width: 2, height: 3 }, areaPx: 3, peak: Math.fround(0.9) });
	t.ok(Math.abs(first.mean - 0.8) < 1e-6);
	t.match(second, { box: { x: 4, y: 1, width: 1, height: 1 }, areaPx: 1 });
	t.equal(count, 2, 'a value at the threshold is not above it');
	t.equal(largest.length, 2);
	t.end();
});

t.test('the right end of a row does not touch the left end of the next', (t) => {
	t.equal(connectedComponents(Uint8Array.of(0, 0, 255, 255, 0, 0), 3, 2, 127).count, 2);
	t.end();
});

t.test('an empty map has none, a full map one', (t) => {
	t.same(connectedComponents(new Float32Array(64 * 64), 64, 64, 0.5), { largest: [], count: 0 });
	const { largest, count } = connectedComponents(new Float32Array(64 * 48).fill(1), 64, 48, 0.5);
	t.match(largest[0], { box: { x: 0, y: 0, width: 64, height: 48 }, areaPx: 64 * 48, mean: 1 });
	t.equal(count, 1);
	t.end();
});

t.test('every pixel is in the region that labels reach when they spread until nothing changes', (t) => {
	const random = new Random(5);
	for (let round = 0; round < 20; round++) {
		const width = 3 + random.integer(20);
		const height = 3 + random.integer(20);
		const map = Float32Array.from({ length: width * height }, () => random.uniform());
		const { largest, count } = connectedComponents(map, width, height, 0.6);
		const regions = largest.map(({ pixels }) => [...pixels].sort((a, b) => a - b).join());
		const expected = regionsBySpreading(map, width, 0.6).map((region) => region.join());
		t.same(regions.sort(), expected.sort());
		t.equal(count, expected.length);
		const areas = largest.map(({ areaPx }) => areaPx);
		t.same(
			areas,
			areas.toSorted((a, b) => b - a),
		);
		for (const { box, pixels, peak, mean } of largest) {
			const xs = [...pixels].map((i) => i % width);
			const ys = [...pixels].map((i) => Math.floor(i / width));
			const values = [...pixels].map((i) => map[i]);
			const [x, y] = [Math.min(...xs), Math.min(...ys)];
			t.same(box, { x, y, width: Math.max(...xs) - x + 1, height: Math.max(...ys) - y + 1 });
			t.equal(peak, Math.max(...values));
			t.ok(Math.abs(mean - values.reduce((sum, value) => sum + value, 0) / values.length) < 1e-9);
		}
	}
	t.end();
});

t.test('of a map full of specks only the largest are measured, and all are counted', (t) => {
	const side = 1024;
	const map = new Float32Array(side * side);
	for (let y = 0; y < side; y += 2) for (let x = 0; x < side; x += 2) map[y * side + x] = 1;
	map[1] = 1;
	const { largest, count } = connectedComponents(map, side, side, 0.5, 10);
	t.equal(count, (side / 2) ** 2 - 1, 'one bridge joins two specks');
	t.same(
		largest.map(({ areaPx }) => areaPx),
		[3, 1, 1, 1, 1, 1, 1, 1, 1, 1],
	);
	t.match(largest[1].box, { x: 4, y: 0 }, 'of equal ones the upper left first');
	t.end();
});

function regionsBySpreading(map: Float32Array, width: number, threshold: number): number[][] {
	const labels = Array.from(map, (value, i) => (value > threshold ? i : -1));
	for (let changed = true; changed; ) {
		changed = false;
		for (let i = 0; i < labels.length; i++)
			for (let j = 0; j < labels.length; j++) {
				const near =
					Math.abs((i % width) - (j % width)) <= 1 && Math.abs(Math.floor(i / width) - Math.floor(j / width)) <= 1;
				if (!near || labels[i] < 0 || labels[j] <= labels[i]) continue;
				labels[i] = labels[j];
				changed = true;
			}
	}
	const pixels = labels.map((_, i) => i).filter((i) => labels[i] >= 0);
	return [...Map.groupBy(pixels, (i) => labels[i]).values()];
}
