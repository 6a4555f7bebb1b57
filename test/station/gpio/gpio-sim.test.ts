/** GPIO lines of the kernel's own simulator, where there is one: `modprobe gpio-sim`, as root. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { monotonicMs } from '../../../src/base/clock.ts';
import { AndonError } from '../../../src/base/errors.ts';
import { loadLibgpiod } from '../../../src/station/gpio/libgpiod.ts';
import { openOutput } from '../../../src/station/gpio/open-output.ts';
import { watchEdges } from '../../../src/station/gpio/watch-edges.ts';

const SIMULATOR = '/sys/kernel/config/gpio-sim';
const LABEL = `andon-${process.pid}`;

function withoutSimulator(): string | false {
	if (!existsSync(SIMULATOR)) return 'the kernel has no GPIO simulator (modprobe gpio-sim)';
	try {
		accessSync(SIMULATOR, constants.W_OK);
		return false;
	} catch {
		return 'only root may make simulated chips';
	}
}

/** A chip of eight lines, the fourth of which is named; it can be pulled at, looked at and unplugged. */
class Chip {
	readonly #place = join(SIMULATOR, LABEL);
	readonly #pins: string;
	#isLive = false;

	constructor() {
		mkdirSync(join(this.#place, 'bank', 'line3'), { recursive: true });
		writeFileSync(join(this.#place, 'bank', 'num_lines'), '8');
		writeFileSync(join(this.#place, 'bank', 'label'), LABEL);
		writeFileSync(join(this.#place, 'bank', 'line3', 'name'), 'REJECT');
		this.#live(true);
		const [device, chip] = ['dev_name', 'bank/chip_name'].map((file) =>
			readFileSync(join(this.#place, file), 'utf8').trim(),
		);
		this.#pins = `/sys/devices/platform/${device}/${chip}`;
	}

	level(line: number): string {
		return readFileSync(join(this.#pins, `sim_gpio${line}`, 'value'), 'utf8').trim();
	}

	pull(line: number, up: boolean): void {
		writeFileSync(join(this.#pins, `sim_gpio${line}`, 'pull'), up ? 'pull-up' : 'pull-down');
	}

	unplug(): void {
		if (this.#isLive) this.#live(false);
	}

	remove(): void {
		this.unplug();
		for (const place of ['bank/line3', 'bank', '']) rmdirSync(join(this.#place, place));
	}

	#live(live: boolean): void {
		this.#isLive = live;
		writeFileSync(join(this.#place, 'live'), live ? '1' : '0');
	}
}

const skip = withoutSimulator();

t.test('an output drives a line of the kernel, and edges come with its time', { skip }, async (t) => {
	t.comment((await loadLibgpiod()).file);
	const chip = new Chip();
	t.teardown(() => chip.remove());

	const output = await openOutput(LABEL, 'REJECT', { activeLow: true, initial: true });
	const levels = [chip.level(3)];
	for (const on of [false, true, false]) {
		output.set(on);
		levels.push(chip.level(3));
	}
	t.same(levels, ['0', '1', '0', '1']);
	const busy = await openOutput(LABEL, 3).catch((error) => error);
	t.match(busy, { code: 'GPIO_UNAVAILABLE', message: /busy.*gpioinfo/ });
	output.close();
	(await openOutput(LABEL, 3)).close();

	const told: [number, number][] = [];
	const lost: AndonError[] = [];
	const watch = await watchEdges(LABEL, 2, 'rising', (at, sequence) => told.push([at, sequence]), {
		bias: 'pull-down',
		onLost: (error) => lost.push(error),
	});
	const pulled: number[] = [];
	for (let i = 0; i < 20; i++) {
		pulled.push(monotonicMs());
		chip.pull(2, true);
		while (told.length <= i) await sleep(1);
		chip.pull(2, false);
	}
	for (const [i, [at, sequence]] of told.entries()) {
		t.equal(sequence, i + 1);
		t.ok(at >= pulled[i] && at <= (pulled[i + 1] ?? monotonicMs()), 'stamped between its cause and the next one');
	}
	chip.unplug();
	while (lost.length === 0) await sleep(5);
	t.match(lost, [{ code: 'GPIO_UNAVAILABLE', message: /no such device/ }]);
	t.ok(lost[0] instanceof AndonError);
	watch.close();
});
