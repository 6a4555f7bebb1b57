/** Whole stations on cameras that stream: faults, triggers and commands, as a technician and a PLC meet them. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { CommandResponse } from '../../src/station/station-view.ts';
import { withoutAravis } from '../support/aravis.ts';
import { withoutGstreamer } from '../support/gstreamer.ts';
import { Mosquitto, withoutMosquitto } from '../support/mosquitto.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { subscribe } from '../support/subscriber.ts';
import { configOf, stationOf } from '../support/test-station.ts';

const bundle = await writeStationBundle(join(t.testdir(), 'bundle'));
const technician = { who: 'ada', source: 'console' } as const;
const snow = { source: 'videotest', pattern: 'snow', width: 64, height: 64, fps: 30 };
const skip = withoutGstreamer('videotestsrc', 'queue');

t.test(
	'one faulty camera keeps none of the others from inspecting, and the state says what to do about it',
	{ skip },
	async (t) => {
		const own = t.testdir();
		const absent = { id: 'absent', source: 'rtsp', url: 'rtsp://127.0.0.1:9/none' };
		const dark = { ...snow, id: 'dark', pattern: 'black' };
		const cameras = [{ ...snow, id: 'well' }, absent, dark];
		const { station, inspections, until } = stationOf(configOf(own, bundle, {}, { cameras }));
		const startedAt = performance.now();
		await station.start();
		const of = (id: string) => station.state().cameras.find((camera) => camera.id === id)!;
		await until(() => of('absent').fault !== undefined && of('dark').fault !== undefined);
		t.equal(station.state().status, 'faulted');
		t.match(of('absent').fault, { code: /CAMERA_/, blind: true, message: /expected .* found .*/ });
		t.match(of('dark').fault, { code: 'FRAME_SUSPECT', blind: true, message: /Check the lamp/ });
		t.notOk(of('well').fault);
		t.match(station.state().cameras, [{ status: 'running' }, { status: 'running' }, { status: 'running' }]);
		const count = (camera: string) =>
			inspections.filter((one) => one.camera === camera && one.verdict !== 'not-inspected').length;
		const [before, since] = [count('well'), performance.now()];
		await until(() => count('well') >= before + 60);
		const fps = (1000 * 60) / (performance.now() - since);
		t.ok(fps > 15, `${fps.toFixed(1)} of 30 parts a second beside two cameras that are not well`);
		t.equal(
			inspections.filter(({ camera }) => camera === 'absent').length,
			0,
			'a free camera that is away gives no parts',
		);
		const blind = inspections.filter(({ camera }) => camera === 'dark');
		t.ok(blind.length > 10);
		t.ok(
			blind.slice(3).every(({ verdict }) => verdict === 'not-inspected'),
			'a blind station never passes parts',
		);
		t.equal(of('absent').restarts, 0);
		t.comment(`up after ${Math.round(since - startedAt)} ms`);
		await station.stop();
	},
);

t.test(
	'a part that is asked for over MQTT is answered with its record; while the camera is away it is a missed part',
	{
		skip: skip || withoutMosquitto,
	},
	async (t) => {
		const own = t.testdir();
		const broker = await Mosquitto.create(own);
		const subscriber = await subscribe(broker.url, 'andon/line/#');
		const trigger = { on: 'command', timeoutMs: 2000 };
		const cameras = [
			{ ...snow, id: 'front', trigger },
			{ id: 'back', source: 'rtsp', url: 'rtsp://127.0.0.1:9/none', trigger },
			{ ...snow, id: 'free' },
		];
		const { station } = stationOf(configOf(own, bundle, {}, { cameras, mqtt: { url: broker.url } }));
		await station.start();
		t.match(station.state().cameras, [{ asks: 'part' }, { asks: 'part' }, { asks: undefined }]);
		const answer = async (payload: object): Promise<CommandResponse> => {
			const before = subscriber.of('response').length;
			await subscriber.client.publishAsync('andon/line/command/trigger', JSON.stringify(payload), { qos: 1 });
			await subscriber.until(() => subscriber.of('response').length > before);
			return subscriber.of('response')[before] as unknown as CommandResponse;
		};
		const front = await answer({ camera: 'front', part: 'P-1', id: 'a' });
		t.match(front, {
			command: 'trigger',
			id: 'a',
			ok: true,
			inspection: { camera: 'front', partId: 'P-1', isSimulated: true },
		});
		t.not(front.inspection!.verdict, 'not-inspected');
		t.equal(
			station.recent(1000).find(({ resultId }) => resultId === front.inspection!.resultId)?.partId,
			'P-1',
			'durable',
		);
		t.match(await answer({ camera: 'back', part: 'P-2' }), {
			ok: true,
			inspection: {
				verdict: 'not-inspected',
				disposition: 'reject',
				partId: 'P-2',
				reason: /CAMERA_(UNAVAILABLE|LOST)/,
			},
		});
		t.match(station.state().cameras, [{ missed: 0 }, { missed: 1 }]);
		t.match(await answer({}), { ok: false, error: { code: 'CAMERA_TRIGGER_REFUSED', expected: /front, back/ } });
		t.match(await answer({ camera: 'free' }), { ok: false, error: { code: 'CAMERA_TRIGGER_REFUSED' } });
		t.match(await answer({ camera: 'front', force: true }), { ok: false, error: { code: 'COMMAND_INVALID' } });
		await subscriber.until(() =>
			subscriber.of('alert').some(({ camera, kind }) => camera === 'back' && kind === 'station'),
		);
		await station.stop();
		await subscriber.close();
		await broker.stop();
	},
);

t.test('commands are not held up by a part that waits for its frame', { skip }, async (t) => {
	const trigger = { on: 'command', timeoutMs: 3000 };
	const slow = { ...snow, fps: 1, trigger };
	const { station } = stationOf(configOf(t.testdir(), bundle, slow));
	await station.start();
	const order: string[] = [];
	const part = station.command('trigger', {}, technician).then(() => order.push('part'));
	await station.command('set-threshold', { value: 0.7 }, technician);
	order.push('threshold');
	await part;
	t.same(order, ['threshold', 'part']);
	await station.stop();
});

t.test('a paused line gives no parts of a free camera, and goes on where the camera is', { skip }, async (t) => {
	const { station, inspections, until } = stationOf(configOf(t.testdir(), bundle, snow));
	await station.start();
	await until(() => inspections.length > 5);
	await station.command('pause', {}, technician);
	await sleep(300);
	const at = inspections.length;
	await sleep(500);
	t.equal(inspections.length, at);
	await station.command('resume', {}, technician);
	await until(() => inspections.length > at + 5);
	t.equal(station.state().cameras[0].missed, 0);
	await station.stop();
});

t.test(
	'a GenICam camera exposes when it is asked to: every request has its own frame',
	{ skip: withoutAravis },
	async (t) => {
		const camera = { source: 'genicam', interface: 'Fake', deviceTrigger: 'software', trigger: { on: 'command' } };
		const { station } = stationOf(configOf(t.testdir(), bundle, camera));
		await station.start();
		const frames: number[] = [];
		for (let i = 0; i < 20; i++) {
			const inspection = await station.ask({ partId: `P-${i}` });
			t.equal(inspection.partId, `P-${i}`);
			t.not(inspection.verdict, 'not-inspected', inspection.reason ?? '');
			frames.push(inspection.device!.frameId!);
		}
		// The camera inside libaravis numbers some frames that it never gives.
		for (let i = 1; i < frames.length; i++) t.ok(frames[i] > frames[i - 1], 'no two requests share a frame');
		t.equal(station.state().cameras[0].missed, 0);
		t.equal(station.state().cameras[0].handshake, 'Ready');
		await station.stop();
	},
);
