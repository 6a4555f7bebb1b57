/** Outputs on lines of the preloaded chip: an ejector and an encoder. Says what came of it, as JSON. */
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import { monotonicMs } from '../../src/base/clock.ts';
import { outputsOf } from './outputs.ts';

const pins = koffi.load(process.env.FAKE_GPIOCHIP!);
const levelOf = pins.func('int fake_level(int at)');
const lose = pins.func('void fake_lose(int at, unsigned int count)');
const wire = pins.func('void fake_wire(int at, int level, uint64_t timestamp)');
const unplug = pins.func('void fake_unplug(int at)');

const EJECTOR = 3;
const ENCODER = 2;
const encoder = { source: 'gpio', chip: 'gpiochip9', line: ENCODER };
const { outputs, alerts, trigger, decide, until } = outputsOf([
	{
		id: 'ejector',
		output: 'gpio',
		chip: 'fake',
		line: 'REJECT',
		activeLow: true,
		pulseMs: 20,
		travel: { counts: 50, tolerance: 20 },
		encoder,
	},
	// The same encoder: its line can be taken only once.
	{ id: 'gate', output: 'gpio', chip: 'fake', line: 4, drives: 'pass', pulseMs: 20, travel: { counts: 80 }, encoder },
]);
const state = (i = 0) => outputs.states()[i];

let counted = 0;
const run = async (counts: number) => {
	for (let i = 0; i < counts; i++) {
		const now = BigInt(Math.round(monotonicMs() * 1e6));
		wire(ENCODER, 1, now);
		wire(ENCODER, 0, now + 1000n);
		counted++;
		await sleep(2);
	}
	await sleep(20);
};

const results: Record<string, unknown> = {};
await outputs.start();
results.atStart = levelOf(EJECTOR);
await run(10);
const [bad, good] = [trigger(), trigger()];
decide(bad, 'reject');
decide(good, 'pass');
await run(40);
await sleep(100);
results.standing = [state().driven, levelOf(EJECTOR)];
const pulse = until(() => levelOf(EJECTOR) === 0);
await run(12);
await pulse;
await until(() => levelOf(EJECTOR) === 1);
results.ejected = [state().driven, state().passed];
await run(30);
results.passed = [state(1).driven, state(1).rejected];
results.position = state().encoder!.position! - counted;
// Edges that the kernel had no room for are counted all the same, where the library numbers them.
lose(ENCODER, 7);
await run(1);
results.lost = state().encoder!.position! - counted;
// The encoder is unplugged: what is in transit does not pass.
await run(10);
decide(trigger(), 'pass');
unplug(ENCODER);
await until(() => state().fault !== undefined);
results.fault = state().fault!.message;
await until(() => state().overruled === 1);
results.overruled = [state().driven, alerts.length];
await outputs.stop();
results.atStop = levelOf(EJECTOR);
process.stdout.write(JSON.stringify(results));
