import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { createSampler, stepsPerEpoch } from '../../src/training/sampler.ts';

const samples = Array.from({ length: 23 }, (_, i) => ({
	class: i < 18 ? 'ok' : i < 22 ? 'scratch' : 'dent',
	defective: i >= 18,
}));

t.test('shuffle shows every image once an epoch, in another order every time', async (t) => {
	const sample = createSampler(samples, { order: 'shuffle', defectShare: 0.5 }, 7);
	const perEpoch = stepsPerEpoch(samples.length, 5);
	t.equal(perEpoch, 4);
	const epoch = (e: number) =>
		Array.from({ length: perEpoch }, (_, i) => sample(5, e * perEpoch + i, new Random(0))).flat();
	const [first, second] = [epoch(0), epoch(1)];
	t.equal(new Set(first).size, 20);
	t.equal(new Set(second).size, 20);
	t.notSame(first, second);
	t.same(epoch(0), first, 'and a step always has the same batch');
});

t.test('a batch larger than the dataset repeats images', async (t) => {
	const sample = createSampler(samples.slice(0, 3), { order: 'shuffle', defectShare: 0.5 }, 7);
	t.same(sample(6, 0, new Random(0)).toSorted(), [0, 0, 1, 1, 2, 2]);
});

t.test('balanced keeps the share of defects and makes classes equally likely', async (t) => {
	const sample = createSampler(samples, { order: 'balanced', defectShare: 0.25 }, 7);
	const random = new Random(1);
	const drawn = Array.from({ length: 500 }, (_, step) => sample(8, step, random)).flat();
	t.equal(drawn.filter((i) => samples[i].defective).length, 1000);
	const dents = drawn.filter((i) => samples[i].class === 'dent').length;
	t.ok(dents > 420 && dents < 580, `${dents} of 1000`);
});
