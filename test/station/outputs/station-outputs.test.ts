import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { monotonicMs } from '../../../src/base/clock.ts';
import { freePort } from '../../../src/base/local-port.ts';
import type { Inspection } from '../../../src/station/inspection.ts';
import { ModbusServer } from '../../support/modbus-server.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, stationOf, writeImages } from '../../support/test-station.ts';

const dirs = t.testdir();
const bundle = await writeStationBundle(join(dirs, 'bundle'));
/** About a second for a part on a small host. */
const slow = await writeStationBundle(join(dirs, 'slow'), { work: 30 });

/** Wall time and the monotonic clock, at the same moment. */
const ahead = Date.now() - monotonicMs();

/** When a part was triggered, on the monotonic clock, ± 1 ms. */
const triggeredAt = ({ times }: Inspection) => Date.parse(times.start) - ahead;

async function lineOf(t: Test, use: string, count: number, output: object, more: object = {}) {
	const dir = t.testdir();
	const plc = await new ModbusServer(await freePort()).start();
	const camera = { source: 'folder', path: await writeImages(join(dir, 'images'), count), fps: 10 };
	const outputs = [
		{ id: 'ejector', output: 'modbus', host: '127.0.0.1', port: plc.port, coil: 3, pulseMs: 30, ...output },
	];
	const line = stationOf(configOf(dir, use, camera, { outputs, ...more }));
	const state = () => line.station.state().outputs![0];
	t.teardown(() => plc.stop());
	return { ...line, plc, state };
}

t.test('a coil is pulsed for every defective part when it has travelled there, and for no sound one', async (t) => {
	const { station, inspections, until, plc, state } = await lineOf(t, bundle, 8, {
		travel: { ms: 400, tolerance: 3000 },
	});
	await station.start();
	await until(() => inspections.length === 8);
	// What is in transit is seen to its end.
	await station.stop();
	const { on, off } = plc.edges(3);
	const rejected = inspections.filter(({ disposition }) => disposition === 'reject');
	t.equal(rejected.length, 4);
	t.equal(on.length, 4);
	for (const [i, part] of rejected.entries()) {
		const after = on[i] - triggeredAt(part);
		t.ok(after >= 398 && after < 3400, `${after} ms after its trigger`);
		t.ok(off[i + 1] - on[i] >= 29, 'for as long as it was told to');
	}
	t.equal(plc.coils[3], false);
	t.match(state(), { passed: 4, rejected: 4, late: 0, driven: 4, missed: 0, inTransit: 0 });
	t.equal(off[0] < on[0], true, 'it was off from the start');
});

t.test('the part of an inspector that was killed is rejected when it is there, sound or not', async (t) => {
	const { station, inspections, until, plc, state } = await lineOf(t, slow, 1, {
		travel: { ms: 1500, tolerance: 50000 },
	});
	await station.start();
	while (state().inTransit !== 1) await sleep(5);
	process.kill(station.state().cameras[0].pid!, 'SIGKILL');
	await until(() => inspections.length === 1);
	await station.stop();
	t.match(inspections[0], { verdict: 'not-inspected', disposition: 'reject', reason: /INSPECTOR_LOST/ });
	const { on } = plc.edges(3);
	t.equal(on.length, 1);
	t.ok(on[0] - triggeredAt(inspections[0]) >= 1498);
	t.match(state(), { rejected: 1, late: 0, driven: 1 });
});

t.test('a part whose verdict comes after it has gone by was rejected, and its record says so', async (t) => {
	const { station, inspections, until, plc, state } = await lineOf(t, slow, 1, {
		travel: { ms: 100, tolerance: 5000 },
	});
	await station.start();
	await until(() => inspections.length === 1);
	await station.stop();
	t.match(inspections[0], { verdict: 'ok', disposition: 'reject', late: true });
	t.ok(inspections[0].times.latencyMs > 100);
	t.equal(plc.edges(3).on.length, 1);
	t.ok(plc.edges(3).on[0] - triggeredAt(inspections[0]) < inspections[0].times.latencyMs, 'before the verdict');
	t.match(state(), { passed: 0, rejected: 1, late: 1, driven: 1 });
});

t.test('a part that is not decided within its deadline is rejected', async (t) => {
	const { station, inspections, until, plc } = await lineOf(
		t,
		slow,
		1,
		{ travel: { ms: 900, tolerance: 5000 } },
		{ deadlineMs: 50 },
	);
	await station.start();
	await until(() => inspections.length === 1);
	await station.stop();
	t.match(inspections[0], { verdict: 'not-inspected', disposition: 'reject' });
	t.equal(plc.edges(3).on.length, 1);
});

t.test('without travel it is driven as soon as the part is decided', async (t) => {
	const { station, inspections, until, plc, state } = await lineOf(t, bundle, 4, {});
	await station.start();
	await until(() => inspections.length === 4);
	await station.stop();
	t.equal(plc.edges(3).on.length, 2);
	t.match(state(), { passed: 2, rejected: 2, driven: 2, lateMs: undefined });
});

t.test('an output that cannot be driven is a fault in words; with stopOnFault the station pauses', async (t) => {
	const { station, until, plc, state } = await lineOf(
		t,
		bundle,
		2,
		{ travel: { ms: 100 }, checkMs: 100, timeoutMs: 100, stopOnFault: true },
		{
			cameras: [{ id: 'cam', source: 'simulator', fps: 5, seed: 1 }],
		},
	);
	await station.start();
	t.equal(station.state().status, 'running');
	await plc.stop();
	await until(() => station.state().paused);
	t.match(state().fault, {
		code: 'OUTPUT_UNAVAILABLE',
		message: /Modbus peer 127\.0\.0\.1:\d+ unit 1.*Check its power/,
	});
	t.match(station.audit(1)[0], {
		what: 'paused',
		who: 'andon',
		new: true,
		reason: /the output ejector cannot be driven|was not driven for part/,
	});
	await plc.start();
	await until(() => state().fault === undefined);
	await station.command('resume', {}, { who: 'test', source: 'cli' });
	t.equal(station.state().status, 'running');
	await station.stop();
});

t.test('an output is at rest while nothing is inspected, and after it was stopped', async (t) => {
	const diverter = { whenStopped: 'on', coil: 5 };
	const { station, plc } = await lineOf(t, bundle, 2, diverter, {
		cameras: [{ id: 'cam', source: 'simulator', fps: 5, seed: 1, defectRate: 0 }],
	});
	await station.start();
	t.equal(plc.written[0].value, true, 'on from the start');
	while (plc.coils[5]) await sleep(5);
	await station.command('pause', {}, { who: 'test', source: 'cli' });
	while (!plc.coils[5]) await sleep(5);
	await station.command('resume', {}, { who: 'test', source: 'cli' });
	while (plc.coils[5]) await sleep(5);
	await station.stop();
	t.equal(plc.coils[5], true, 'and after the stop');
});
