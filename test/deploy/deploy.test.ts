/** What is shipped for putting a station to work is valid, and the broker's access list does what it says. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { readStationConfig } from '../../src/station/config.ts';
import { THRIFTY_ARGV, THRIFTY_ENV } from '../../src/station/supervision/thrift.ts';
import { Mosquitto, withoutMosquitto } from '../support/mosquitto.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const read = (path: string) => readFileSync(join(DEPLOY, path), 'utf8');

t.test('every sample station.yaml is valid', async (t) => {
	for (const file of ['systemd/station.yaml', 'docker/station.yaml'])
		t.equal((await readStationConfig(join(DEPLOY, file))).station, 'line-3', file);
});

const verify = spawnSync('systemd-analyze', ['--version']);
t.test('systemd accepts the unit', { skip: verify.error ? 'no systemd-analyze here' : false }, async (t) => {
	const unit = join(t.testdir(), 'andon-station@line-3.service');
	// systemd looks for the programs that the unit starts.
	writeFileSync(unit, read('systemd/andon-station@.service').replaceAll(/\/usr\/bin\/node .*bin\.js/g, '/bin/true'));
	const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
	t.equal(status, 0, stderr);
	t.equal(stderr, '');
});

t.test('the unit is confined, but not in ways that stop Node or hide cameras', async (t) => {
	const unit = read('systemd/andon-station@.service');
	const wanted = [
		'User=andon',
		'NoNewPrivileges=yes',
		'CapabilityBoundingSet=',
		'ProtectSystem=strict',
		'Type=notify',
		'DevicePolicy=closed',
	];
	for (const line of wanted) t.match(unit, new RegExp(`^${line}$`, 'm'));
	t.notMatch(unit, /^(MemoryDenyWriteExecute|PrivateDevices)=/m);
});

t.test('unit and image start the station as thriftily as the bench does', async (t) => {
	const [option] = THRIFTY_ARGV;
	const [[name, value]] = Object.entries(THRIFTY_ENV);
	t.match(read('systemd/andon-station@.service'), `ExecStart=/usr/bin/node ${option} /opt`);
	t.match(read('systemd/andon-station@.service'), `Environment=${name}=${value}\n`);
	t.match(read('docker/Dockerfile'), `ENTRYPOINT ["node", "${option}", `);
	t.match(read('docker/Dockerfile'), `ENV ${name}=${value}\n`);
});

t.test('compose, image and configuration name the same files and ports', async (t) => {
	const { services, secrets } = parse(read('docker/compose.yaml')) as Compose;
	const { station, broker } = services;
	const config = await readStationConfig(join(DEPLOY, 'docker/station.yaml'));
	t.ok(station.volumes.some((volume) => volume.startsWith('./station.yaml:/etc/andon/station.yaml')));
	t.match(read('docker/Dockerfile'), /^CMD \["run", "\/etc\/andon\/station\.yaml"\]$/m);
	t.match(read('docker/Dockerfile'), /^USER node$/m);
	t.equal(config.mqtt.passwordFile, `/run/secrets/${Object.keys(secrets)[0]}`);
	t.same(station.secrets, Object.keys(secrets));
	t.match(read('docker/Dockerfile'), `:${config.console.port}/health`);
	for (const port of [...station.ports, ...broker.ports])
		t.match(port, /^127\.0\.0\.1:/, 'published to this host only');
});

t.test('the access list lets each do its own', { skip: withoutMosquitto }, async (t) => {
	const broker = await startBroker(t);
	const enter = (username: string) =>
		mqtt.connectAsync(broker.url, { username, password: `of ${username}`, protocolVersion: 5 });
	const [station, scada, technician] = await Promise.all(['line-3', 'scada', 'technician'].map(enter));
	t.teardown(() => Promise.all([station, scada, technician].map((client) => client.endAsync(true))));
	await t.rejects(
		mqtt.connectAsync(broker.url, { protocolVersion: 5, reconnectPeriod: 0 }, false),
		'nobody without a name',
	);

	const heard: string[] = [];
	scada.on('message', (topic) => heard.push(`scada ${topic}`));
	station.on('message', (topic) => heard.push(`station ${topic}`));
	await scada.subscribeAsync('andon/#');
	await station.subscribeAsync('andon/line-3/command/+', { qos: 1 });
	const say = (client: mqtt.MqttClient, topic: string) => client.publishAsync(topic, '{}', { qos: 1 });
	await say(technician, 'andon/line-3/command/pause');
	await t.rejects(say(scada, 'andon/line-3/command/pause'), 'a watcher commands nothing');
	await t.rejects(say(technician, 'andon/line-3/inspection'), 'nobody speaks for a station');
	await t.rejects(say(station, 'andon/line-4/inspection'), 'a station speaks for itself only');
	await say(station, 'andon/line-3/inspection');
	while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
	t.same(heard.sort(), [
		'scada andon/line-3/command/pause',
		'scada andon/line-3/inspection',
		'station andon/line-3/command/pause',
	]);
});

/** The shipped configuration, on a free port and with files of the test. */
async function startBroker(t: Test): Promise<Mosquitto> {
	const dir = t.testdir({ acl: read('docker/mosquitto/acl') });
	for (const [i, user] of ['line-3', 'scada', 'technician'].entries())
		spawnSync('mosquitto_passwd', ['-b', ...(i === 0 ? ['-c'] : []), join(dir, 'passwords'), user, `of ${user}`]);
	const lines = read('docker/mosquitto/mosquitto.conf')
		.replaceAll('/mosquitto/config/', `${dir}/`)
		.split('\n')
		.filter((line) => !/^(#|listener|persistence)/.test(line));
	const broker = await Mosquitto.create(dir, lines);
	t.teardown(() => broker.stop());
	return broker;
}

interface Compose {
	readonly services: Record<'station' | 'broker', { ports: string[]; volumes: string[]; secrets: string[] }>;
	readonly secrets: Record<string, unknown>;
}
