import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { frameStatistics } from '../../../src/imaging/frame-statistics.ts';
import { renderPart } from '../../../src/imaging/simulated-line/simulated-line.ts';
import { benchDrift } from '../../../src/pipeline/bench-drift/bench-drift.ts';
import { FRAME_CHANGES } from '../../../src/pipeline/bench-drift/change-frames.ts';
import { measureSimulatedLine } from '../../../src/pipeline/bench-drift/measured-line.ts';

t.test('each change of a frame changes what it is named after, and little else', async (t) => {
	const { pixels } = renderPart({ seed: 4, index: 1, width: 96, height: 96, surface: 'cast' });
	const before = frameStatistics(pixels);
	const after = (name: string) => frameStatistics(FRAME_CHANGES[name](pixels, new Random(1)));
	const isNear = (a: number, b: number, share: number) => Math.abs(a / b - 1) < share;
	const dim = after('10 % less exposure');
	t.ok(isNear(dim.brightness, 0.9 * before.brightness, 0.01));
	t.ok(isNear(dim.contrast, before.contrast, 0.02));
	const soft = after('blur of 1 pixel');
	t.ok(isNear(soft.brightness, before.brightness, 0.01));
	t.ok(soft.sharpness < before.sharpness - 0.5, `${before.sharpness} → ${soft.sharpness}`);
	const other = after('new texture');
	t.ok(isNear(other.brightness, before.brightness, 0.03));
	t.ok(isNear(other.contrast, before.contrast, 0.06));
	t.ok(Math.hypot(...other.signature.map((value, i) => value - before.signature[i])) > 1);
});

t.test('the bench counts false alarms against its bound, and notices every change', async (t) => {
	const line = measureSimulatedLine({ frames: 120, size: 64 });
	const options = { parts: 2000, runs: 2, seeds: 3, held: 150, falseAlarmParts: 10_000 };
	const cases = benchDrift(line, options);
	const of = (name: string) => cases.find((found) => found.name.includes(name))!;
	t.match(of('at most 1 false alarm in 10000'), { bound: 0.2, runs: 2, metric: 'false alarms in 2000 parts, mean' });
	t.match(of('at most 1 false alarm in 100 '), { bound: 20 });
	t.ok(of('at most 1 false alarm in 100 ').ours! <= 20);
	for (const name of Object.keys(FRAME_CHANGES)) t.ok(of(name).ours! < 300, `${name}: ${of(name).ours}`);
	t.match(Object.keys(of('blur').told!).join(), /sharpness down|texture up/);
	t.ok(of('new texture').ours! < 20);
});
