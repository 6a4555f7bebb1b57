/** A camera that is triggered by a line of the preloaded GPIO chip, and what came of its edges, as JSON. */
import koffi from 'koffi';
import { monotonicMs } from '../../src/base/clock.ts';
import { liveCamera, ScriptedSource, until } from './scripted-source.ts';

const pins = koffi.load(process.env.FAKE_GPIOCHIP!);
const wire = pins.func('void fake_wire(int at, int level, uint64_t timestamp)');
const unplug = pins.func('void fake_unplug(int at)');
const isTaken = pins.func('int fake_taken(int at)');

const LINE = 5;
const edge = (level: number, at: number) => wire(LINE, level, BigInt(Math.round(at * 1e6)));

const source = new ScriptedSource({ freeRunning: false, softwareTrigger: true });
const trigger = { on: 'gpio', chip: 'gpiochip9', line: LINE, debounceMs: 5, timeoutMs: 200 };
const { camera, next, faults } = liveCamera(source, { trigger });
await camera.start();
await until(() => source.isOpen && isTaken(LINE) === 1);

const at = monotonicMs();
edge(1, at);
await until(() => source.fired === 1);
source.frame();
const seen = await next();
seen.release?.();
edge(0, at + 20);
edge(1, at + 30);
edge(0, at + 31);
edge(1, at + 33);
const missed = await next();
const why = await missed.read().catch(({ code }) => code);
unplug(LINE);
await until(() => faults.length > 0);
await camera.stop();
process.stdout.write(
	JSON.stringify({
		seen: Math.abs(seen.monotonicMs - at),
		wall: Math.abs(Date.parse(seen.acquiredAt) - Date.now()),
		missed: Math.abs(missed.monotonicMs - at - 30),
		why,
		fired: source.fired,
		faults: faults.map((fault) => fault?.code),
		taken: isTaken(LINE),
	}),
);
