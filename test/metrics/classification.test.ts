import t from 'tap';
import { classification } from '../../src/metrics/classification.ts';

const rows = [
	[0.7, 0.2, 0.1],
	[0.1, 0.8, 0.1],
	[0.3, 0.4, 0.3],
	[0.2, 0.2, 0.6],
].map((row) => Float32Array.from(row));

t.test('accuracy, loss, recall and confusion of four images', async (t) => {
	const result = classification(['a', 'b', 'c'], [0, 1, 0, 2], rows);
	t.equal(result.n, 4);
	t.equal(result.accuracy, 0.75);
	t.ok(Math.abs(result.loss + (Math.log(0.7) + Math.log(0.8) + Math.log(0.3) + Math.log(0.6)) / 4) < 1e-6);
	t.same(result.recall, { a: 0.5, b: 1, c: 1 });
	t.same(result.confusion, [
		[1, 1, 0],
		[0, 1, 0],
		[0, 0, 1],
	]);
});

t.test('a class that was ruled out costs much, but not without end', async (t) => {
	const { loss } = classification(['a', 'b'], [0], [Float32Array.of(0, 1)]);
	t.ok(loss > 20 && Number.isFinite(loss));
});
