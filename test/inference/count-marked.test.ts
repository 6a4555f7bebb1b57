import { test } from 'tap';
import { countMarked, isProbability } from '../../src/inference/count-marked.ts';

const AFTER_ONE = 1 + 2 ** -23;

/** The float whose bits these are. */
function floatOf(bits: number): number {
	return new Float32Array(Uint32Array.of(bits).buffer)[0];
}

test('counts what is above 0.5 as comparing floats does, whatever the length', (t) => {
	for (const length of [0, 1, 2, 3, 4, 5, 8, 4099]) {
		const mask = Float32Array.from({ length }, (_, i) => ((i * 7919) % 1000) / 999);
		t.equal(countMarked(mask), mask.filter((p) => p > 0.5).length, `${length} pixels`);
	}
	t.end();
});

test('exactly 0.5 is not marked, the float after it is; 1 and the float after 1 are probabilities', (t) => {
	t.equal(countMarked(Float32Array.of(0.5, floatOf(0x3f000001), 1, AFTER_ONE)), 3);
	t.end();
});

test('a −0 is a probability like 0', (t) => {
	t.equal(countMarked(Float32Array.of(-0, 0.9, 0.1, -0, -0)), 1);
	t.end();
});

test('what is no probability is noticed at every place', (t) => {
	const odd = [floatOf(0x3f800002), 1.5, 2, 1e30, Number.POSITIVE_INFINITY, -1e-30, -1, Number.NEGATIVE_INFINITY];
	const nans = [0x7fc00000, 0xffc00000, 0xffffffff, 0x7f800001].map(floatOf);
	for (const value of [...odd, ...nans])
		for (let place = 0; place < 6; place++) {
			const mask = new Float32Array(6).fill(0.25);
			mask[place] = value;
			t.equal(countMarked(mask), undefined, `${value} at ${place}`);
			t.notOk(isProbability(value));
		}
	t.end();
});

test('a mask inside a larger buffer is read from its own start', (t) => {
	const all = Float32Array.of(0.9, 0.9, 0.9, 0.1, 0.8, 0.9);
	t.equal(countMarked(all.subarray(2, 5)), 2);
	t.end();
});
