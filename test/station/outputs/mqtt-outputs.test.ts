import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Mosquitto, withoutMosquitto } from '../../support/mosquitto.ts';
import { outputsOf } from '../../support/outputs.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { subscribe } from '../../support/subscriber.ts';
import { configOf, stationOf, writeImages } from '../../support/test-station.ts';

t.test(
	'a real broker gets a message for every rejected part, ahead of its arrival',
	{ skip: withoutMosquitto },
	async (t) => {
		const dir = t.testdir();
		const bundle = await writeStationBundle(join(dir, 'bundle'));
		const broker = await Mosquitto.create(dir);
		t.teardown(() => broker.stop());
		const plc = await subscribe(broker.url, 'andon/line/#');
		const camera = { source: 'folder', path: await writeImages(join(dir, 'images'), 4), fps: 10 };
		const outputs = [
			{ id: 'ahead', output: 'mqtt', travel: { ms: 2000 } },
			{ id: 'then', output: 'mqtt', topic: 'line/eject', qos: 0, ahead: false, travel: { ms: 2000, tolerance: 5000 } },
			{ id: 'alive', output: 'mqtt', topic: 'beat', drives: 'heartbeat', pulseMs: 50 },
		];
		const { station, inspections, until } = stationOf(
			configOf(dir, bundle, camera, { outputs, mqtt: { url: broker.url } }),
		);
		await station.start();
		await until(() => inspections.length === 4);
		await plc.until(() => plc.of('beat').length >= 4);
		await station.stop();
		await plc.until(() => plc.of('availability').at(-1)?.state === 'offline');
		const rejected = inspections.filter(({ disposition }) => disposition === 'reject');
		for (const topic of ['reject', 'line/eject'])
			t.same(
				plc.of(topic).map(({ resultId }) => resultId),
				rejected.map(({ resultId }) => resultId),
				topic,
			);
		for (const [i, told] of plc.of('reject').entries()) {
			const { partId, times } = rejected[i];
			t.match(told, { kind: 'part', output: 'ahead', station: 'line', camera: 'cam', partId, disposition: 'reject' });
			const after = Date.parse(told.dueAt as string) - Date.parse(times.start);
			t.ok(Math.abs(after - 2000) <= 100, `due ${after} ms after its trigger`);
			t.ok((told.dueInMs as number) > 0, 'told before it is there');
		}
		for (const told of plc.of('line/eject')) t.equal(told.dueInMs, 0, 'told when it is there');
		const arrivals = plc.arrived.filter(({ topic }) => topic === 'reject' || topic === 'line/eject');
		t.same(
			new Set(arrivals.map(({ topic, qos, retain }) => `${topic} ${qos} ${retain}`)),
			new Set(['reject 1 false', 'line/eject 0 false']),
		);
		t.same(
			plc
				.of('beat')
				.slice(0, 4)
				.map(({ on }) => on),
			[true, false, true, false],
		);
		await plc.close();
	},
);

t.test('a message that cannot be sent is a missed part, and is not sent later', async (t) => {
	const sent: object[] = [];
	let connected = true;
	const publish = async (_topic: string, payload: object) => {
		if (!connected) throw new Error('there is no connection to the broker');
		sent.push(payload);
	};
	const world = { publish, connected: () => connected };
	const { outputs, alerts, look, trigger, decide, until } = outputsOf([{ id: 'plc', output: 'mqtt' }], world);
	await outputs.start();
	const state = () => outputs.states()[0];
	look('running');
	t.equal(state().fault, undefined);
	connected = false;
	look('running');
	t.match(state().fault, { code: 'OUTPUT_UNAVAILABLE', message: /no connection to the broker.*not sent later/ });
	decide(trigger(), 'reject');
	await until(() => state().missed === 1);
	t.match(alerts, [{ output: 'plc', partId: 'part-1' }]);
	connected = true;
	look('running');
	t.equal(state().fault, undefined, 'as soon as there is a connection, whether or not a part comes');
	decide(trigger(), 'reject');
	await until(() => state().driven === 1);
	t.match(sent, [{ partId: 'part-2' }]);
	await outputs.stop();
});

t.test('a heartbeat beats only while every camera inspects and every output can be driven', async (t) => {
	const beats: boolean[] = [];
	let broken = false;
	const publish = async (topic: string, payload: object) => {
		if (topic === 'reject' && broken) throw new Error('there is no connection to the broker');
		if (topic === 'beat') beats.push((payload as { on: boolean }).on);
	};
	const connected = () => !broken;
	const { outputs, look, trigger, decide, until } = outputsOf(
		[
			{ id: 'alive', output: 'mqtt', topic: 'beat', drives: 'heartbeat', pulseMs: 10 },
			{ id: 'plc', output: 'mqtt' },
		],
		{ publish, connected },
	);
	await outputs.start();
	const stands = async (why: string) => {
		await sleep(30);
		const count = beats.length;
		await sleep(80);
		t.equal(beats.length, count, why);
		t.not(beats.at(-1), true, 'and stands at off');
	};
	const goes = (from = beats.length) => until(() => beats.length > from + 3);
	await stands('before the cameras inspect');
	look('running');
	await goes();
	look('restarting');
	await stands('while an inspector is replaced');
	look('running', true);
	await stands('while paused');
	look('running');
	await goes();
	broken = true;
	decide(trigger(), 'reject');
	await stands('while an output cannot be driven');
	broken = false;
	look('running');
	await goes();
	await outputs.stop();
	const count = beats.length;
	await sleep(50);
	t.equal(beats.length, count);
});
