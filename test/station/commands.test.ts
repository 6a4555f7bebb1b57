import { join } from 'node:path';
import t from 'tap';
import { Mosquitto, withoutMosquitto } from '../support/mosquitto.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { subscribe } from '../support/subscriber.ts';
import { configOf, stationOf } from '../support/test-station.ts';

const dir = t.testdir();
const bundle = await writeStationBundle(join(dir, 'bundle'));
const line = { source: 'simulator', fps: 50, seed: 5 };
const technician = { who: 'ada', source: 'console' } as const;

t.test(
	'a threshold set over MQTT is answered, audited, in force for the next part, and still there after a restart',
	{
		skip: withoutMosquitto,
	},
	async (t) => {
		const own = t.testdir();
		const broker = await Mosquitto.create(own);
		const subscriber = await subscribe(broker.url, 'andon/line/#');
		await subscriber.client.subscribeAsync('scada/answers', { qos: 1 });
		const config = configOf(own, bundle, line, { mqtt: { url: broker.url } });
		const { station, inspections, until } = stationOf(config);
		await station.start();
		await until(() => inspections.length > 0);
		await subscriber.client.publishAsync(
			'andon/line/command/set-threshold',
			JSON.stringify({ value: 0.9, reason: 'new lamp', by: 'line lead', id: 'a1' }),
			{ qos: 1, properties: { responseTopic: 'scada/answers', correlationData: Buffer.from('c-7') } },
		);
		await subscriber.until(() => subscriber.arrived.some(({ correlation }) => correlation === 'c-7'));
		const answer = subscriber.arrived.find(({ correlation }) => correlation === 'c-7')!.payload;
		t.match(answer, {
			command: 'set-threshold',
			id: 'a1',
			ok: true,
			operatingPoint: { threshold: 0.9, method: 'fixed' },
		});
		const at = String(answer.at);
		const after = () => inspections.filter(({ times }) => times.end > at);
		await until(() => after().length > 3);
		// Parts decided before may become durable after the answer; from then on none is judged by the old one.
		for (const { operatingPoint } of after()) t.equal(operatingPoint.threshold, 0.9);
		t.equal(inspections[0].operatingPoint.threshold, 0.5);
		await station.stop();

		const again = stationOf(config);
		await again.station.start();
		await again.until(() => again.inspections.length > 0);
		t.equal(again.inspections[0].operatingPoint.threshold, 0.9);
		t.match(again.station.audit(1)[0], {
			who: 'line lead',
			source: 'mqtt',
			what: 'operating-point',
			reason: 'new lamp',
			old: { threshold: 0.5 },
			new: { threshold: 0.9 },
		});
		await again.station.stop();
		await subscriber.close();
		await broker.stop();
	},
);

t.test('retained commands are ignored, bad ones answered with what is wrong', { skip: withoutMosquitto }, async (t) => {
	const own = t.testdir();
	const broker = await Mosquitto.create(own);
	const subscriber = await subscribe(broker.url, 'andon/line/#');
	const send = (name: string, payload: string, options: object = {}) =>
		subscriber.client.publishAsync(`andon/line/command/${name}`, payload, { qos: 1, ...options });
	await send('pause', '{}', { retain: true });
	const { station } = stationOf(configOf(own, bundle, line, { mqtt: { url: broker.url } }));
	await station.start();
	const bad: [string, string, RegExp][] = [
		['set-threshold', '{"value": 2}', /value/],
		['set-threshold', '{"value": 0.5, "force": true}', /force/],
		['set-threshold', 'now!', /JSON/],
		['set-threshold', '[]', /expected/],
		['set-threshold', `"${'x'.repeat(20_000)}"`, /20002 bytes/],
		['self-destruct', '{}', /self-destruct/],
		['constructor', '{}', /constructor/],
	];
	for (const [name, payload] of bad) await send(name, payload);
	await subscriber.until(() => subscriber.of('response').length === bad.length);
	for (const [i, [, , words]] of bad.entries())
		t.match(subscriber.of('response')[i], { ok: false, error: { code: 'COMMAND_INVALID', message: words } });
	t.equal(station.state().paused, false, 'the retained pause did nothing');
	t.equal(station.state().operatingPoint.threshold, 0.5);
	t.same(station.audit(10), []);
	await send('pause', '', { properties: { responseTopic: 'andon/line/inspection' } });
	await subscriber.until(() => subscriber.of('response').length === bad.length + 1);
	t.equal(station.state().paused, true, 'an answer never goes to a topic of decisions');
	await station.stop();
	await subscriber.close();
	await broker.stop();
});

t.test('a recall target is certified from the calibration, or refused with what it would take', async (t) => {
	const { station } = stationOf(configOf(t.testdir(), bundle, line));
	await station.start();
	const granted = await station.command('set-recall-target', { recall: 0.95, confidence: 0.95 }, technician);
	t.match(granted, {
		ok: true,
		operatingPoint: { method: 'guaranteed-recall', recall: 0.95, n: 60, precision: 'fp32' },
	});
	const refused = await station.command('set-recall-target', { recall: 0.99 }, technician);
	t.match(refused, { ok: false, error: { code: 'RECALL_NOT_CERTIFIABLE', fix: /more defective parts/ } });
	t.equal(station.state().operatingPoint.recall, 0.95, 'the refused target changed nothing');
	t.equal(station.audit(10).length, 1);
	const wish = { method: 'max-recall', options: { budget: 0.08 } };
	t.match(await station.command('set-operating-point', wish, technician), {
		ok: true,
		operatingPoint: { method: 'max-recall', guarantees: [{ quantity: 'false-rejects', bound: 0.08, n: 40 }] },
	});
	const misspelt = { method: 'max-recall', options: { budgett: 0.08 } };
	t.match(await station.command('set-operating-point', misspelt, technician), {
		ok: false,
		error: { code: 'COMMAND_INVALID', message: /budgett/ },
	});
	t.equal(station.audit(10).length, 2);
	t.match(station.audit(1)[0], { who: 'ada', source: 'console' });
	await station.stop();
});

t.test('a paused line acquires nothing until it is resumed, and loses nothing', async (t) => {
	const { station, inspections, until } = stationOf(configOf(t.testdir(), bundle, line));
	await station.start();
	await until(() => inspections.length > 2);
	await station.command('pause', {}, technician);
	await until(() => station.state().status === 'paused');
	await until(() => inspections.length === station.state().cameras[0].sequence);
	const at = inspections.length;
	await new Promise((resolve) => setTimeout(resolve, 200));
	t.equal(inspections.length, at);
	await station.command('resume', {}, technician);
	await until(() => inspections.length > at + 2);
	await station.stop();
	t.same(
		inspections.map(({ partId }) => partId),
		inspections.map((_, i) => `simulated-5-${i}`),
	);
});

t.test('a threshold set for one bundle is not applied to another', async (t) => {
	const own = t.testdir();
	const first = stationOf(configOf(own, bundle, line));
	await first.station.start();
	await first.station.command('set-threshold', { value: 0.8 }, technician);
	await first.station.stop();
	const other = await writeStationBundle(join(own, 'other'), { version: '2', threshold: 0.6 });
	const second = stationOf(configOf(own, other, line));
	await second.station.start();
	t.equal(second.station.state().operatingPoint.threshold, 0.6);
	t.match(second.station.audit(1)[0], { who: 'andon', source: 'station', old: { threshold: 0.8 } });
	await second.station.stop();
});
