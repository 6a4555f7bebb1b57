/** A camera triggered through libgpiod itself, on a chip that the kernel would not tell from a real one. */
import t from 'tap';
import { runWithGpio, withoutGpio } from '../../../../support/fake-gpiochip.ts';

for (const abi of ['libgpiod.so.2', 'libgpiod.so.3'] as const)
	t.test(`an edge is a part through ${abi}`, { skip: withoutGpio(abi) }, async (t) => {
		const said = JSON.parse(runWithGpio(t.testdir(), abi, 'gpio-trigger-child.ts'));
		t.ok(said.seen < 0.01, 'at the time that the kernel stamped on it');
		t.ok(said.wall < 5000);
		t.ok(said.missed < 0.01);
		t.equal(said.why, 'FRAME_MISSED');
		t.equal(said.fired, 2, 'falling edges and bounces fire nothing');
		t.same(said.faults, ['GPIO_UNAVAILABLE'], 'a line that goes away is told');
		t.equal(said.taken, 0, 'and given back');
	});
