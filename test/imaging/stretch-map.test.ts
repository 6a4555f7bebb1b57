import t from 'tap';
import { stretchMap } from '../../src/imaging/stretch-map.ts';

t.test('values lie at pixel centres and run straight between them', (t) => {
	const stretched = stretchMap(Float32Array.of(0, 1), { width: 2, height: 1 }, { width: 4, height: 2 });
	t.same([...stretched], [0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1]);
	t.end();
});

t.test('a map of the size wanted stays as it is', (t) => {
	const map = Float32Array.of(0.1, 0.2, 0.3, 0.4);
	t.equal(stretchMap(map, { width: 2, height: 2 }, { width: 2, height: 2 }), map);
	t.end();
});
