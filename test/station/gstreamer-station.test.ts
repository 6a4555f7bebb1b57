/** Whole stations on real GStreamer: inspections come out, and when the camera is pulled in the middle of a frame that is said. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Inspection } from '../../src/station/inspection.ts';
import { gstChildren, RtspServer, withoutGstreamer, withoutRtspServer } from '../support/gstreamer.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { configOf, stationOf } from '../support/test-station.ts';

const bundle = await writeStationBundle(join(t.testdir(), 'bundle'));
const seen = (inspections: readonly Inspection[]) => inspections.filter(({ verdict }) => verdict !== 'not-inspected');

t.test('a network camera that is switched off and on again', { skip: withoutRtspServer() }, async (t) => {
	// Colour bars above a field of noise: bright, and another picture every time.
	const server = await RtspServer.create({ pattern: 'smpte', width: 320, height: 240, fps: 20 });
	t.teardown(() => server.kill());
	const camera = { source: 'rtsp', url: server.url, expectSize: { width: 320, height: 240 } };
	const { station, inspections, until } = stationOf(configOf(t.testdir(), bundle, camera));
	await station.start();
	t.teardown(() => station.stop());
	const { pid } = await (async () => {
		await until(() => seen(inspections).length >= 10);
		return station.state().cameras[0];
	})();

	await server.kill();
	const killedAt = performance.now();
	await until(() => station.state().cameras[0].fault !== undefined);
	t.ok(performance.now() - killedAt < 2000, 'noticed within 2 s');
	t.match(station.state(), { status: 'faulted', cameras: [{ fault: { code: /CAMERA_/, blind: true } }] });

	await server.start();
	const startedAt = performance.now();
	const before = seen(inspections).length;
	await until(() => seen(inspections).length >= before + 10 && station.state().cameras[0].fault === undefined);
	t.ok(performance.now() - startedAt < 8000, 'ten parts more');
	for (const one of seen(inspections)) t.match(one, { verdict: 'defect', isSimulated: false, camera: 'cam' });
	t.match(station.state().cameras[0], { pid, restarts: 0 }, 'the inspector has gone on');
});

t.test('GStreamer killed in the middle of a frame', { skip: withoutGstreamer('videotestsrc', 'queue') }, async (t) => {
	const size = { width: 2000, height: 1500 };
	const camera = { source: 'videotest', pattern: 'smpte', ...size, fps: 10, format: 'RGB', expectSize: size };
	const { station, inspections, until } = stationOf(configOf(t.testdir(), bundle, camera));
	await station.start();
	t.teardown(() => station.stop());
	await until(() => seen(inspections).length >= 3);
	const pid = station.state().cameras[0].pid!;
	for (let round = 1; round <= 3; round++) {
		const before = seen(inspections).length;
		await sleep(30 * round);
		for (const child of gstChildren(pid)) process.kill(child, 'SIGKILL');
		await until(() => seen(inspections).length >= before + 3);
	}
	for (const one of seen(inspections)) t.match(one, { verdict: 'defect', isSimulated: true });
	for (const { reason } of inspections.filter(({ verdict }) => verdict === 'not-inspected'))
		t.match(reason, /FRAME_BROKEN|CAMERA_LOST|FRAME_MISSED/);
	t.equal(station.state().cameras[0].restarts, 0);
	await station.stop();
	t.throws(() => process.kill(pid, 0), 'nothing is left');
});
