import t from 'tap';
import { checkHalves } from '../../../src/metrics/operating-points/check-halves.ts';

const defective = Array.from({ length: 60 }, (_, i) => 0.4 + i / 100);

t.test('half of the sound parts states the false rejects, the other half is counted', async (t) => {
	const sound = Array.from({ length: 101 }, (_, i) => i / 101);
	const check = checkHalves('guaranteed-recall', { recall: 0.95 }, { defective, sound }, 'int8')!;
	t.strictSame([check.stated.n, check.found.n], [51, 50]);
	const rejected = sound.filter((score) => score >= 0.4).length;
	t.equal(Math.round(check.stated.rate * 51 + check.found.rate * 50), rejected, 'each part counts once');
	t.ok(check.isWithin && check.stated.low < check.found.rate && check.found.rate < check.stated.high);
	const again = checkHalves('guaranteed-recall', { recall: 0.95 }, { defective, sound }, 'int8');
	t.strictSame(again, check, 'the halves are the same every time');
});

t.test('halves that are unlike each other are seen, and too few parts say nothing', async (t) => {
	// Found out part by part: which of them state the price.
	const parts = Array.from({ length: 40 }, (_, i) => i);
	const shown = checkHalves('fixed', { threshold: 0.5 }, { defective, sound: parts.map((i) => i / 40) }, 'int8')!;
	const first = new Set<number>();
	for (const i of parts) {
		const one = parts.map((j) => (j === i ? 1 : 0));
		if (checkHalves('fixed', { threshold: 0.5 }, { defective, sound: one }, 'int8')!.stated.rate > 0) first.add(i);
	}
	t.equal(first.size, shown.stated.n);
	const unlike = parts.map((i) => (first.has(i) ? 0 : 1));
	t.match(checkHalves('fixed', { threshold: 0.5 }, { defective, sound: unlike }, 'int8'), {
		stated: { rate: 0 },
		found: { rate: 1 },
		isWithin: false,
	});
	t.equal(checkHalves('max-recall', { budget: 0.05 }, { defective, sound: unlike }, 'int8'), undefined);
	t.equal(checkHalves('fixed', { threshold: 0.5 }, { defective, sound: [0.1] }, 'int8'), undefined);
});
