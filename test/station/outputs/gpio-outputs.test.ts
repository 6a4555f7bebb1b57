import t from 'tap';
import { runWithGpio, withoutGpio } from '../../support/fake-gpiochip.ts';

for (const abi of ['libgpiod.so.2', 'libgpiod.so.3'] as const)
	t.test(`an ejector and an encoder on GPIO lines, through ${abi}`, { skip: withoutGpio(abi) }, async (t) => {
		const found = JSON.parse(runWithGpio(t.testdir(), abi, 'gpio-outputs-child.ts'));
		t.equal(found.atStart, 1, 'active low, and off');
		t.same(found.standing, [0, 1], 'the belt stands before the output');
		t.same(found.ejected, [1, 1], 'one part ejected, one let by');
		t.same(found.passed, [1, 1], 'and one of each at the gate behind it');
		t.ok(Math.abs(found.position) <= 1, 'every edge is a count');
		t.ok(Math.abs(found.lost - (abi === 'libgpiod.so.3' ? 7 : 0)) <= 1, 'version 2 knows how many edges were lost');
		t.match(found.fault, /GPIO line cannot be used/);
		t.equal(found.overruled[0], 2, 'the sound part in transit was ejected');
		t.equal(found.atStop, 1);
	});
