import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { connectedComponents } from '../../src/imaging/connected-components.ts';
import { feretDiameter } from '../../src/imaging/feret-diameter.ts';

/** The one region of a picture of `#`. */
function regionOf(...rows: string[]) {
	const map = Uint8Array.from(rows.join(''), (letter) => (letter === '#' ? 1 : 0));
	return connectedComponents(map, rows[0].length, rows.length, 0).largest[0];
}

t.test('pixels count from corner to corner', (t) => {
	t.equal(feretDiameter(regionOf('#'), 1), Math.SQRT2);
	t.equal(feretDiameter(regionOf('####'), 4), Math.hypot(4, 1));
	t.equal(feretDiameter(regionOf('#..', '.#.', '..#'), 3), Math.sqrt(18));
	t.equal(feretDiameter(regionOf('.#.', '###', '.#.'), 3), Math.hypot(3, 1));
	t.end();
});

t.test('each axis has its own scale, and the longest way may turn with it', (t) => {
	const cross = regionOf('.#.', '###', '.#.');
	t.equal(feretDiameter(cross, 3, { x: 0.1, y: 1 }), Math.hypot(0.1, 3));
	t.equal(feretDiameter(cross, 3, { x: 1, y: 0.1 }), Math.hypot(3, 0.1));
	t.end();
});

t.test('agrees with all pairs of pixel corners', (t) => {
	const random = new Random(11);
	let compared = 0;
	for (let round = 0; round < 12; round++) {
		const width = 4 + random.integer(24);
		const height = 4 + random.integer(24);
		const map = Float32Array.from({ length: width * height }, () => random.uniform());
		const scale = { x: random.between(0.2, 3), y: random.between(0.2, 3) };
		for (const region of connectedComponents(map, width, height, 0.62).largest) {
			const expected = byAllPairs(region.pixels, width, scale);
			const found = feretDiameter(region, width, scale);
			if (Math.abs(found - expected) > 1e-9 * expected) t.fail(`${found} for ${expected}`);
			compared++;
		}
	}
	t.ok(compared > 100, `${compared} regions`);
	t.end();
});

function byAllPairs(pixels: Uint32Array, width: number, scale: { x: number; y: number }): number {
	const corners = [...pixels].flatMap((i) => {
		const [x, y] = [i % width, Math.floor(i / width)];
		return [0, 1].flatMap((dx) => [0, 1].map((dy) => [(x + dx) * scale.x, (y + dy) * scale.y] as const));
	});
	let largest = 0;
	for (const [ax, ay] of corners)
		for (const [bx, by] of corners) largest = Math.max(largest, Math.hypot(ax - bx, ay - by));
	return largest;
}
