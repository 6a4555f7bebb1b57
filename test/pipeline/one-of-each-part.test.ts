import t from 'tap';
import { oneOfEachPart } from '../../src/pipeline/one-of-each-part.ts';

t.test('every part is there once, each with the next of its images', async (t) => {
	const samples = ['a', 'a', 'b', 'b', 'a', 'c'].map((group) => ({ group }));
	t.same(oneOfEachPart(samples), [0, 3, 5]);
	t.same(oneOfEachPart([]), []);
});
