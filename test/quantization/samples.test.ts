import t from 'tap';
import { EvenChoice } from '../../src/quantization/samples.ts';

t.test('of a stream of any length, some are kept, spread evenly, and all are passed on', async (t) => {
	for (const [length, step] of [
		[5, 1],
		[31, 1],
		[32, 2],
		[100, 4],
		[1000, 64],
	]) {
		const choice = new EvenChoice<number>(16);
		const passed: number[] = [];
		for await (const item of choice.passing(Array.from({ length }, (_, i) => i))) passed.push(item);
		t.equal(passed.length, length);
		t.equal(choice.count, length);
		t.strictSame(
			choice.kept,
			Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step),
			`every ${step}`,
		);
		t.ok(choice.kept.length < 32);
	}
});
