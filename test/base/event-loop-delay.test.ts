import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { EventLoopDelay } from '../../src/base/event-loop-delay.ts';

t.test('tells how long the loop was held up, and forgets it once it is told', async (t) => {
	const delay = new EventLoopDelay();
	delay.start();
	await sleep(50);
	const until = performance.now() + 150;
	while (performance.now() < until);
	await sleep(50);
	const { p50, max } = delay.take();
	t.ok(max > 120, `held up for 150 ms, told ${max}`);
	t.ok(p50 < max / 2, 'the pause between two looks is none');
	await sleep(100);
	t.ok(delay.take().max < max);
	delay.stop();
});

t.test('before it has looked there is no delay', async (t) => {
	t.same(new EventLoopDelay().take(), { p50: 0, p99: 0, max: 0 });
});
