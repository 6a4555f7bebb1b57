/** Uses GPIO lines of the preloaded chip and says what came of it, as JSON; started by the test with `FAKE_GPIOCHIP`. */
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import { monotonicMs } from '../../src/base/clock.ts';
import { AndonError } from '../../src/base/errors.ts';
import { loadLibgpiod } from '../../src/station/gpio/libgpiod.ts';
import { openOutput } from '../../src/station/gpio/open-output.ts';
import { watchEdges } from '../../src/station/gpio/watch-edges.ts';

const pins = koffi.load(process.env.FAKE_GPIOCHIP!);
const levelOf = pins.func('int fake_level(int at)');
const biasOf = pins.func('int fake_bias(int at)');
const isTaken = pins.func('int fake_taken(int at)');
const holderOf = pins.func('const char *fake_consumer(int at)');
const lose = pins.func('void fake_lose(int at, unsigned int count)');
const wire = pins.func('void fake_wire(int at, int level, uint64_t timestamp)');
const unplug = pins.func('void fake_unplug(int at)');

const refusal = async (attempt: Promise<unknown>): Promise<string> => {
	const error = await attempt.then(() => undefined).catch((thrown) => thrown);
	return error instanceof AndonError ? `${error.code}: ${error.message}` : String(error);
};

/** An edge of the wire, stamped so many ms after the start of the script. */
const start = monotonicMs();
const edge = (line: number, level: number, afterMs: number) =>
	wire(line, level, BigInt(Math.round((start + afterMs) * 1e6)));

async function outputs() {
	const seen: unknown[] = [];
	const output = await openOutput('gpiochip9', 'REJECT', { activeLow: true, bias: 'pull-up', initial: true });
	seen.push(levelOf(3), biasOf(3), holderOf(3));
	for (const on of [false, true, false]) {
		output.set(on);
		seen.push(levelOf(3));
	}
	const busy = await refusal(openOutput('/dev/gpiochip9', 3));
	output.close();
	output.close();
	const again = await openOutput('fake', 3);
	seen.push(isTaken(3), levelOf(3));
	again.close();
	seen.push(isTaken(3));
	return { seen, busy };
}

async function refusals() {
	return {
		chip: await refusal(openOutput('gpiochip77', 0)),
		label: await refusal(openOutput('no-such-label', 0)),
		offset: await refusal(openOutput('gpiochip9', 8)),
		name: await refusal(watchEdges('gpiochip9', 'NO-SUCH-NAME', 'both', () => {})),
	};
}

async function edges() {
	const told: [number, number][] = [];
	let ticks = 0;
	const ticking = setInterval(() => ticks++, 1);
	const keep = (at: number, sequence: number) => told.push([Math.round((at - start) * 1000) / 1000, sequence]);
	const watch = await watchEdges('gpiochip9', 2, 'rising', keep, { bias: 'pull-down' });
	await sleep(50);
	const idleTicks = ticks;
	edge(2, 1, 10);
	edge(2, 0, 11);
	edge(2, 1, 12.5);
	await sleep(20);
	edge(2, 0, 13);
	lose(2, 5);
	edge(2, 1, 14);
	// More at once than one read takes.
	for (let i = 0; i < 40; i++) {
		edge(2, 0, 20 + i);
		edge(2, 1, 20 + i + 0.5);
	}
	await sleep(20);
	watch.close();
	watch.close();
	clearInterval(ticking);
	const count = told.length;
	edge(2, 0, 90);
	edge(2, 1, 91);
	await sleep(10);
	return { first: told.slice(0, 4), count, after: told.length - count, idleTicks, taken: isTaken(2), bias: biasOf(2) };
}

async function bounces() {
	const told: number[] = [];
	const keep = (at: number) => told.push(Math.round(at - start));
	const watch = await watchEdges('fake', 4, 'falling', keep, { activeLow: true, debounceMs: 5 });
	// On is low: a fall of the logical level is a rise of the wire.
	for (const [level, at] of [
		[1, 100],
		[0, 101],
		[1, 102],
		[0, 103],
		[1, 106],
		[0, 120],
		[1, 121],
	])
		edge(4, level, at);
	await sleep(20);
	watch.close();
	return told;
}

async function strangeStamp() {
	const told: number[] = [];
	const watch = await watchEdges('gpiochip9', 5, 'both', (at) => told.push(monotonicMs() - at));
	wire(5, 1, BigInt(Date.now()) * 1_000_000n);
	await sleep(20);
	watch.close();
	return told.map((ago) => ago >= 0 && ago < 1000);
}

async function unplugged() {
	const lost: string[] = [];
	const watch = await watchEdges('gpiochip9', 6, 'both', () => {}, {
		onLost: (error) => lost.push(`${error.code}: ${error.message}`),
	});
	unplug(6);
	await sleep(50);
	watch.close();
	return { lost, taken: isTaken(6) };
}

const results = {
	library: (await loadLibgpiod()).file,
	outputs: await outputs(),
	refusals: await refusals(),
	edges: await edges(),
	bounces: await bounces(),
	strangeStamp: await strangeStamp(),
	unplugged: await unplugged(),
};
process.stdout.write(JSON.stringify(results));
