import t from 'tap';
import { AndonError } from '../../../src/base/errors.ts';
import { PartsInWork } from '../../../src/station/inspector/parts-in-work.ts';

const shotOf = (sequence: number, trigger?: string) => ({
	sequence,
	cursor: undefined,
	recipe: '',
	acquiredAt: '',
	monotonicMs: 0,
	simulated: true,
	trigger,
});
const why = new AndonError('INSPECTOR_LOST', { expected: 'a', found: 'b', fix: 'c' });

t.test('parts may be decided in any order, each once', async (t) => {
	const parts = new PartsInWork();
	for (const sequence of [1, 2, 3]) parts.begin(shotOf(sequence));
	t.equal(parts.finish(2).sequence, 2);
	t.throws(() => parts.finish(2), /part 2/);
	t.same(
		parts.lose(why).map(({ sequence }) => sequence),
		[1, 3],
	);
	t.equal(parts.count, 0);
});

t.test('a request is answered by its part, by a refusal, or by the end of the process', async (t) => {
	const parts = new PartsInWork();
	const answers = ['a', 'b', 'c'].map((trigger) => parts.ask(trigger));
	parts.begin(shotOf(7));
	parts.begin(shotOf(8, 'a'));
	parts.refuse('b', why);
	parts.lose(why);
	t.match(await answers[0], { sequence: 8 });
	await t.rejects(answers[1], { code: 'INSPECTOR_LOST' });
	await t.rejects(answers[2], { code: 'INSPECTOR_LOST' });
});

t.test('idle is a matter of time since the last part', async (t) => {
	const parts = new PartsInWork();
	parts.begin(shotOf(1));
	t.notOk(parts.isIdle(0));
	parts.finish(1);
	t.notOk(parts.isIdle(60_000));
	await new Promise((resolve) => setTimeout(resolve, 5));
	t.ok(parts.isIdle(1));
});
