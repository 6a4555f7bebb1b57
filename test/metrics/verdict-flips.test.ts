import t from 'tap';
import { verdictFlips } from '../../src/metrics/verdict-flips.ts';

const scored = (pairs: readonly (readonly [number, boolean])[]) =>
	pairs.map(([score, defective]) => ({ score, defective }));

t.test('each flip is counted by what it does; the threshold itself flags', (t) => {
	const kinds = [true, true, true, false, false, false, true, false] as const;
	const reference = scored([0.5, 0.9, 0.2, 0.5, 0.1, 0.4, 0.7, 0.3].map((score, i) => [score, kinds[i]]));
	const others = scored([0.49, 0.6, 0.5, 0.1, 0.8, 0.49, 0.5, 0.3].map((score, i) => [score, kinds[i]]));
	t.strictSame(verdictFlips(reference, others, 0.5), { share: 4 / 8, lost: 1, found: 1, alarmed: 1, cleared: 1 });
	t.strictSame(verdictFlips(reference, reference, 0.5).share, 0);
	t.end();
});

t.test('without items nothing flips, and lists of different lengths are refused', (t) => {
	t.equal(verdictFlips([], [], 0.5).share, 0);
	t.throws(() => verdictFlips(scored([[1, true]]), [], 0.5), TypeError);
	t.end();
});
