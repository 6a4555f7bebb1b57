import t from 'tap';
import { planSearch, secondsOf } from '../../../src/pipeline/search/plan-search.ts';

const pace = { step: 0.5, run: 10 };

t.test('a third goes on with three times the steps, up to the full ones', async (t) => {
	t.same(planSearch({ trials: 9, steps: 2700 }, pace), [
		{ trials: 9, steps: 300 },
		{ trials: 3, steps: 900 },
		{ trials: 1, steps: 2700 },
	]);
	t.same(planSearch({ trials: 2, steps: 900 }, pace), [{ trials: 2, steps: 900 }]);
	t.same(
		planSearch({ trials: 9, steps: 100 }, pace),
		[{ trials: 9, steps: 100 }],
		'no rounds too short to say anything',
	);
	t.same(planSearch({ trials: 1, steps: 50 }, pace), [{ trials: 1, steps: 50 }]);
});

t.test('a time limit shortens all rounds alike, and a generous one shortens nothing', async (t) => {
	const free = planSearch({ trials: 9, steps: 2700 }, pace);
	t.same(planSearch({ trials: 9, steps: 2700, minutes: 1000 }, pace), free);
	const tight = planSearch({ trials: 9, steps: 2700, minutes: 30 }, pace);
	t.ok(secondsOf(tight, pace) <= 30 * 60 && secondsOf(tight, pace) > 29.5 * 60, `${secondsOf(tight, pace)} s`);
	t.same(
		tight.map(({ trials }) => trials),
		[9, 3, 1],
	);
	t.ok(Math.abs(tight[2].steps / tight[0].steps - 9) < 0.2);
});

t.test('a limit that even the shortest rounds would break is refused with the least that works', async (t) => {
	const refused = () => planSearch({ trials: 9, steps: 2700, minutes: 3 }, pace);
	t.throws(refused, { code: 'USAGE', message: /at least \d+ minutes/ });
	const least = Number(/at least (\d+) minutes/.exec(messageOf(refused))![1]);
	t.ok(planSearch({ trials: 9, steps: 2700, minutes: least }, pace)[0].steps >= 40);
	t.throws(() => planSearch({ trials: 9, steps: 2700, minutes: least - 1 }, pace), { code: 'USAGE' });
});

function messageOf(run: () => unknown): string {
	try {
		run();
		return '';
	} catch (error) {
		return (error as Error).message;
	}
}
