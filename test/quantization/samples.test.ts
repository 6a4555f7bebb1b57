import t from 'tap';
import type { Sample } from '../../src/quantization/sample.ts';
import { EvenChoice, SampleSplit } from '../../src/quantization/samples.ts';

t.test('of a stream of any length, some are kept, spread evenly', async (t) => {
	for (const [length, step] of [
		[5, 1],
		[31, 1],
		[32, 2],
		[100, 4],
		[1000, 64],
	]) {
		const choice = new EvenChoice<number>(16);
		for (let i = 0; i < length; i++) choice.add(i);
		t.equal(choice.count, length);
		t.strictSame(
			choice.kept,
			Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step),
			`every ${step}`,
		);
		t.ok(choice.kept.length < 32);
	}
});

t.test(
	'of every four samples one is held out: it is never fitted to, on any reading, and it alone judges',
	async (t) => {
		for (const [count, held] of [
			[1, []],
			[2, [1]],
			[8, [1, 5]],
			[40, [1, 5, 9, 13, 17, 21, 25, 29, 33, 37]],
		] as const) {
			const samples = Array.from({ length: count }, (_, i) => Uint8Array.of(i));
			const split = new SampleSplit(samples, 16, true);
			const [first, second] = [await numbersOf(split), await numbersOf(split)];
			t.strictSame(second, first);
			t.strictSame(
				first,
				samples.map(number).filter((i) => !held.some((h) => h === i)),
				`${count} samples`,
			);
			t.strictSame([split.count, split.heldOutCount], [count, held.length]);
			t.strictSame(split.judging.map(number), held.length > 0 ? held : [0]);
			t.ok(split.fitted.every((sample) => first.includes(number(sample))));
		}
		const whole = new SampleSplit(
			[1, 2, 3].map((i) => Uint8Array.of(i)),
			16,
			false,
		);
		t.strictSame(await numbersOf(whole), [1, 2, 3], 'nothing is held out where something else judges');
		t.equal(whole.heldOutCount, 0);
	},
);

const number = (sample: Sample) => Number((sample as Uint8Array)[0]);
async function numbersOf(split: SampleSplit): Promise<number[]> {
	const numbers: number[] = [];
	for await (const sample of split) numbers.push(number(sample));
	return numbers;
}
