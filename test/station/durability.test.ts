import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Mosquitto, withoutMosquitto } from '../support/mosquitto.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { subscribe } from '../support/subscriber.ts';
import { configOf, nameOf, stationOf, writeImages } from '../support/test-station.ts';

const skip = withoutMosquitto;
const COUNT = 60;
const names = Array.from({ length: COUNT }, (_, i) => nameOf(i));
const dir = t.testdir();
const images = await writeImages(join(dir, 'images'), COUNT);
const bundle = await writeStationBundle(join(dir, 'bundle'));

const idsOf = (messages: Record<string, unknown>[]) => messages.map(({ resultId }) => String(resultId));
const partsOf = (messages: Record<string, unknown>[]) => messages.map(({ partId }) => String(partId));

t.test('every image of a folder becomes one message, each id once', { skip }, async (t) => {
	const own = t.testdir();
	const broker = await Mosquitto.create(own);
	const subscriber = await subscribe(broker.url, 'andon/line/#');
	const { station, inspections } = stationOf(
		configOf(own, bundle, { source: 'folder', path: images }, { mqtt: { url: broker.url } }),
	);
	await station.start();
	await subscriber.until(() => subscriber.of('inspection').length >= COUNT);
	await station.stop();
	await subscriber.until(() => subscriber.of('availability').some(({ state }) => state === 'offline'));
	const messages = subscriber.of('inspection');
	t.equal(messages.length, COUNT);
	t.equal(new Set(idsOf(messages)).size, COUNT);
	t.same(partsOf(messages), names);
	t.same(messages, inspections, 'what is published is what is recorded');
	t.equal(subscriber.of('alert').length, COUNT / 2, 'every bright part is alerted');
	t.same(
		subscriber.of('availability').map(({ state }) => state),
		['online', 'offline'],
	);
	await subscriber.close();
	await broker.stop();
});

t.test('a broker that is away for the middle third of a run misses nothing', { skip }, async (t) => {
	const own = t.testdir();
	const broker = await Mosquitto.create(own);
	const subscriber = await subscribe(broker.url, 'andon/line/#');
	const { station, inspections, until } = stationOf(
		configOf(own, bundle, { source: 'folder', path: images, fps: 40 }, { mqtt: { url: broker.url } }),
	);
	await station.start();
	await until(() => inspections.length >= COUNT / 3);
	await broker.stop();
	await until(() => station.state().broker.status !== 'connected');
	t.match(station.state(), { status: 'degraded', broker: { fault: { code: 'BROKER_REFUSED' } } });
	await until(() => inspections.length >= (2 * COUNT) / 3);
	t.ok(station.state().outbox.pending > 0, 'messages wait');
	await broker.start();
	await until(() => inspections.length === COUNT);
	await subscriber.until(() => new Set(idsOf(subscriber.of('inspection'))).size === COUNT);
	t.same(new Set(partsOf(subscriber.of('inspection'))), new Set(names));
	t.ok(
		subscriber.of('inspection').some(({ history }) => history === true),
		'what had to wait is marked as history',
	);
	await station.stop();
	t.equal(station.state().outbox.pending, 0);
	await subscriber.close();
	await broker.stop();
});

t.test('a station killed half-way and started again loses nothing and inspects nothing twice', { skip }, async (t) => {
	const own = t.testdir();
	const broker = await Mosquitto.create(own);
	const subscriber = await subscribe(broker.url, 'andon/line/#');
	const file = join(own, 'station.yaml');
	const config = {
		station: 'line',
		bundle,
		cameras: [{ id: 'cam', source: 'folder', path: images, fps: 40 }],
		mqtt: { url: broker.url },
		store: { path: join(own, 'andon.db') },
		console: { port: 0 },
		deadlineMs: 20_000,
	};
	await writeFile(file, JSON.stringify(config));
	const ids = () => new Set(idsOf(subscriber.of('inspection')));
	const first = runStation(file);
	await subscriber.until(() => ids().size >= COUNT / 2);
	first.kill('SIGKILL');
	await once(first, 'exit');
	const second = runStation(file);
	await subscriber.until(() => ids().size >= COUNT);
	second.kill('SIGTERM');
	t.same(await once(second, 'exit'), [0, null]);
	const byId = new Map(subscriber.of('inspection').map(({ resultId, partId }) => [resultId, partId]));
	t.same([...byId.values()].sort(), names, 'every part has exactly one result');
	await subscriber.close();
	await broker.stop();
});

function runStation(file: string) {
	const andon = fileURLToPath(new URL('../../src/cli/andon.ts', import.meta.url));
	return spawn(process.execPath, [andon, 'run', file], {
		stdio: 'ignore',
		env: { ...process.env, ANDON_LOG: 'silent' },
	});
}
