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
	const [first, second, ...rest] = connectedComponents(map, 5, 4, 0.5);
	t.match(first, { box: { x: 0, y: 0, width: 2, height: 3 }, areaPx: 3, peak: Math.fround(0.9) });
	t.ok(Math.abs(first.mean - 0.8) < 1e-6);
	t.match(second, { box: { x: 4, y: 1, width: 1, height: 1 }, areaPx: 1 });
	t.same(rest, [], 'a value at the threshold is not above it');
	t.end();
});

t.test('the right end of a row does not touch the left end of the next', (t) => {
	t.equal(connectedComponents(Uint8Array.of(0, 0, 255, 255, 0, 0), 3, 2, 127).length, 2);
	t.end();
});

t.test('an empty map has none, a full map one', (t) => {
	t.same(connectedComponents(new Float32Array(64 * 64), 64, 64, 0.5), []);
	const [all, ...rest] = connectedComponents(new Float32Array(64 * 48).fill(1), 64, 48, 0.5);
	t.match(all, { box: { x: 0, y: 0, width: 64, height: 48 }, areaPx: 64 * 48, mean: 1 });
	t.same(rest, []);
	t.end();
});

t.test('areas agree with labels spread until nothing changes', (t) => {
	const random = new Random(5);
	for (let round = 0; round < 20; round++) {
		const width = 3 + random.integer(20);
		const height = 3 + random.integer(20);
		const map = Float32Array.from({ length: width * height }, () => random.uniform());
		const found = connectedComponents(map, width, height, 0.6).map(({ areaPx }) => areaPx);
		t.same(found, areasBySpreading(map, width, 0.6));
	}
	t.end();
});

function areasBySpreading(map: Float32Array, width: number, threshold: number): number[] {
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
	const sizes = Map.groupBy(
		labels.filter((label) => label >= 0),
		(label) => label,
	);
	return [...sizes.values()].map((members) => members.length).sort((a, b) => b - a);
}
