import t from 'tap';
import { runWithGpio, withoutGpio } from '../../support/fake-gpiochip.ts';

for (const abi of ['libgpiod.so.2', 'libgpiod.so.3'] as const)
	t.test(`lines of a GPIO chip through ${abi}`, { skip: withoutGpio(abi) }, async (t) => {
		const { library, outputs, refusals, edges, bounces, strangeStamp, unplugged } = JSON.parse(
			runWithGpio(t.testdir(), abi, 'gpio-child.ts'),
		);
		t.equal(library, abi);

		t.test('an output has its first level at once, its polarity, its resistor and our name', async (t) => {
			// Active low and on: the wire is low. Pull-up is 1.
			t.same(outputs.seen.slice(0, 3), [0, 1, 'andon']);
			t.same(outputs.seen.slice(3, 6), [1, 0, 1], 'off, on, off');
			t.match(outputs.busy, /^GPIO_UNAVAILABLE: .*busy.*gpioinfo/);
			t.same(outputs.seen.slice(6), [1, 0, 0], 'given back, it can be taken again: by label, off, and given back');
		});

		t.test('what is not there is named, with the tool that lists what is', async (t) => {
			t.match(refusals.chip, /^GPIO_UNAVAILABLE: .*\/dev\/gpiochip77.*no such file.*gpiodetect/);
			t.match(refusals.label, /^GPIO_UNAVAILABLE: .*no-such-label.*fake \(gpiochip9\).*gpiodetect/);
			t.match(refusals.offset, /^GPIO_UNAVAILABLE: .*gpiochip9 line 8.*gpioinfo/);
			t.match(refusals.name, /^GPIO_UNAVAILABLE: .*NO-SUCH-NAME.*gpioinfo/);
		});

		t.test('edges come with the time of the kernel while the event loop goes on', async (t) => {
			const third = abi === 'libgpiod.so.3' ? 8 : 3;
			t.same(edges.first, [
				[10, 1],
				[12.5, 2],
				[14, third],
				[20.5, third + 1],
			]);
			t.equal(edges.count, 43, 'a burst of 40 is longer than one read');
			t.equal(edges.after, 0, 'nothing is told after it was closed');
			t.ok(edges.idleTicks > 10, 'timers ran while nothing happened');
			t.same([edges.taken, edges.bias], [0, 2]);
		});

		t.test('bounces are left out, and with activeLow a falling edge is a rise of the wire', async (t) => {
			t.same(bounces, [100, 106, 121]);
		});

		t.test('a stamp of another clock is replaced by the time of arrival', async (t) => {
			t.same(strangeStamp, [true]);
		});

		t.test('a line that goes away says so once and is given back', async (t) => {
			t.equal(unplugged.lost.length, 1);
			t.match(unplugged.lost[0], /^GPIO_UNAVAILABLE/);
			t.equal(unplugged.taken, 0);
		});
	});
