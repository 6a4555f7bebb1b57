import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { Broker } from '../../../src/station/publish/broker.ts';
import { Mosquitto, withoutMosquitto } from '../../support/mosquitto.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { subscribe } from '../../support/subscriber.ts';
import { configOf, stationOf } from '../../support/test-station.ts';

const dir = t.testdir();
const bundle = await writeStationBundle(join(dir, 'bundle'));
const line = { source: 'simulator', fps: 50, count: 10 };

t.test('topics, quality of service and retain flags are as promised', { skip: withoutMosquitto }, async (t) => {
	const own = t.testdir();
	const broker = await Mosquitto.create(own);
	const { station, inspections, until } = stationOf(
		configOf(own, bundle, line, { mqtt: { url: broker.url, prefix: 'plant/a' } }),
	);
	const during = await subscribe(broker.url, 'plant/a/line/#');
	await station.start();
	await until(() => inspections.length === 10);
	await during.until(() => during.of('inspection').length === 10);
	const later = await subscribe(broker.url, 'plant/a/line/#');
	// Live messages may arrive as well; what a late subscriber is owed is what was retained.
	const retained = () => later.arrived.filter(({ retain }) => retain).map(({ topic }) => topic);
	await later.until(() => retained().length >= 4);
	t.same(retained().toSorted(), ['availability', 'shadow', 'state', 'stats']);
	t.ok(during.arrived.every(({ retain }) => !retain));
	t.same(new Set(during.arrived.map(({ qos }) => qos)), new Set([1]));
	t.match(later.of('state')[0], { recipe: { id: 'bright' }, operatingPoint: { threshold: 0.5 }, precision: 'fp32' });
	await later.close();
	await station.stop();
	await during.until(() => during.of('availability').at(-1)?.state === 'offline');
	t.equal(during.of('state').at(-1)?.status, 'stopped');
	await during.close();
	await broker.stop();
});

t.test(
	'a broker that refuses the login is named with what to do, and inspection goes on',
	{
		skip: withoutMosquitto,
	},
	async (t) => {
		const own = t.testdir({ secret: 'wrong' });
		const broker = await Mosquitto.create(own, ['allow_anonymous false']);
		const { station, inspections, until } = stationOf(
			configOf(own, bundle, line, {
				mqtt: { url: broker.url, username: 'andon', passwordFile: join(own, 'secret') },
			}),
		);
		await station.start();
		await until(() => inspections.length === 10);
		const { status, broker: state, outbox } = station.state();
		t.equal(status, 'degraded');
		t.match(state.fault, { code: 'BROKER_REFUSED', message: /authori[sz]ed.*passwordFile/ });
		t.ok(outbox.pending >= 10);
		await station.stop();
		await broker.stop();
	},
);

t.test('a broker that takes the login but refuses the topics is named too', { skip: withoutMosquitto }, async (t) => {
	const own = t.testdir();
	await writeFile(join(own, 'acl'), 'topic write andon/line/availability\ntopic read andon/#\n');
	const broker = await Mosquitto.create(own, ['allow_anonymous true', `acl_file ${join(own, 'acl')}`]);
	const { station, inspections, until } = stationOf(configOf(own, bundle, line, { mqtt: { url: broker.url } }));
	await station.start();
	await until(() => inspections.length === 10);
	await until(() => station.state().broker.fault !== undefined);
	t.match(station.state().broker.fault, { code: 'BROKER_REFUSED', message: /Not authorized.*rights/ });
	t.ok(station.state().outbox.pending >= 10, 'nothing is thrown away');
	await station.stop();
	await broker.stop();
});

t.test('a broker that is not there at the start does not keep the line from inspecting', async (t) => {
	const own = t.testdir();
	const nobody = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => nobody.once('listening', resolve));
	const { port } = nobody.address() as { port: number };
	nobody.close();
	const config = configOf(own, bundle, line, { mqtt: { url: `mqtt://127.0.0.1:${port}`, protocolVersion: 4 } });
	const first = stationOf(config);
	await first.station.start();
	await first.until(() => first.inspections.length === 10);
	t.match(first.station.state().broker.fault, { code: 'BROKER_REFUSED', message: /ECONNREFUSED/ });
	await first.station.stop();
	// What waited is sent by the next run.
	const broker = new Broker({ host: '127.0.0.1', port });
	await broker.start();
	const subscriber = await subscribe(broker.url, 'andon/line/#', 4);
	const second = stationOf(config);
	await second.station.start();
	await subscriber.until(() => subscriber.of('inspection').length === 10);
	t.ok(subscriber.of('inspection').every(({ history }) => history === true));
	await second.station.stop();
	await subscriber.close();
	await broker.stop();
});

t.test('a taken port of the embedded broker is named, and everything is released', async (t) => {
	const own = t.testdir();
	const taken = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => taken.once('listening', resolve));
	const { port } = taken.address() as { port: number };
	const config = configOf(own, bundle, line, { mqtt: { embedded: { port } } });
	await t.rejects(stationOf(config).station.start(), { code: 'PORT_UNAVAILABLE', message: /mqtt\.url/ });
	taken.close();
	const { station } = stationOf(config);
	await station.start();
	await station.stop();
});

t.test('a station whose bundle, store or camera cannot be used does not start, and says why', async (t) => {
	const own = t.testdir({ file: '' });
	const bad: [object, object, string][] = [
		[{ bundle: join(own, 'nowhere') }, line, 'BUNDLE_MISSING'],
		[{ store: { path: join(own, 'file', 'andon.db') } }, line, 'STORE_UNWRITABLE'],
		[{ provider: 'cuda' }, line, 'PROVIDER_UNAVAILABLE'],
		[{ precision: 'int8' }, line, 'BUNDLE_INVALID'],
		[{}, { source: 'folder', path: join(own, 'nowhere') }, 'CAMERA_UNAVAILABLE'],
	];
	for (const [overrides, camera, code] of bad) {
		const { station } = stationOf(configOf(own, bundle, camera, overrides));
		await t.rejects(station.start(), { code });
		await station.stop();
	}
});
