/** `andon doctor`, as a technician runs it before the first start. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { freePort } from '../../src/base/local-port.ts';
import type { Finding } from '../../src/station/host/finding.ts';
import { Mosquitto, withoutMosquitto } from '../support/mosquitto.ts';
import { runAndon } from '../support/run-andon.ts';
import { writeStationBundle } from '../support/station-bundle.ts';

t.test('a host without stations is looked at in words, and as one document', async (t) => {
	const words = await runAndon('doctor');
	t.equal(words.code, 0, words.stderr);
	t.match(words.stdout, /^ok +node +v\d+/);
	t.match(words.stdout, /\nok +provider cpu +proved by an inference/);
	t.match(words.stdout, /\nCompared with the profile \S+: everything needed works/);
	const { findings, profile } = await examine(['--profile', 'jetson-orin']);
	t.equal(profile, 'jetson-orin');
	t.ok(findings.some(({ name }) => name === 'host power-mode'));
});

t.test('a station with bundle, broker and disk in order', async (t) => {
	const { file, dir } = await station(t);
	const { code, findings } = await examine([file]);
	t.equal(code, 0);
	t.match(pick(findings, 'station line'), { status: 'ok' });
	t.match(pick(findings, 'bundle'), { status: 'ok', found: /every digest fits/ });
	t.match(pick(findings, 'broker'), { status: 'ok', found: /starts its own/ });
	t.match(pick(findings, 'disk').found, dir);
});

t.test('what does not work is a failure with what to do, and the rest is still looked at', async (t) => {
	const url = `mqtt://127.0.0.1:${await freePort()}`;
	const { file, dir } = await station(t, { mqtt: { url }, store: { path: 'nowhere/andon.db' } });
	writeFileSync(join(dir, 'bundle', 'inspector.fp32.onnx'), 'not a model');
	const { code, findings, failed } = await examine([file]);
	t.equal(code, 1);
	t.equal(failed, 3);
	t.match(pick(findings, 'bundle'), { status: 'fail', fix: String });
	t.match(pick(findings, 'broker'), { status: 'fail', found: /ECONNREFUSED/, fix: /broker runs/ });
	t.match(pick(findings, 'disk'), { status: 'fail', found: /ENOENT/, fix: /Create the folder/ });
	t.match(pick(findings, 'provider cpu'), { status: 'ok' });
});

t.test('a wrong station.yaml and an unknown profile are said', async (t) => {
	const { file } = await station(t, { camera: 'none' });
	const { code, findings } = await examine([file]);
	t.equal(code, 1);
	t.match(pick(findings, `station ${file}`), { status: 'fail', found: /camera/ });
	const { code: usage, stderr } = await runAndon('doctor', '--profile', 'toaster');
	t.equal(usage, 1);
	t.match(stderr, /expected one of the profiles generic-linux, jetson-orin/);
});

t.test('a broker that wants a password', { skip: withoutMosquitto }, async (t) => {
	const dir = t.testdir();
	const passwords = join(dir, 'passwords');
	const made = spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'line', 'good-7f3a']);
	if (made.error) return t.comment('skipped: no mosquitto_passwd here');
	chmodSync(passwords, 0o600);
	const broker = await Mosquitto.create(dir, ['allow_anonymous false', `password_file ${passwords}`]);
	t.teardown(() => broker.stop());
	for (const [password, status] of [
		['good-7f3a', 'ok'],
		['bad-91cc', 'fail'],
	]) {
		const mqtt = { url: broker.url, username: 'line', passwordFile: 'password' };
		const { file, dir: place } = await station(t, { mqtt }, `expect-${status}`);
		writeFileSync(join(place, 'password'), `${password}\n`);
		const { findings } = await examine([file]);
		t.match(pick(findings, 'broker'), { status });
		t.notMatch(JSON.stringify(findings), password, 'no password is shown');
	}
});

t.test('the cameras of a station are looked at from outside', async (t) => {
	mkdirSync(join(t.testdir(), 'images'));
	const cameras = [
		{ id: 'files', source: 'folder', path: join(t.testdirName, 'images') },
		{ id: 'nowhere', source: 'folder', path: 'nowhere' },
		{ id: 'usb', source: 'v4l2', device: '/dev/video99' },
		{ id: 'net', source: 'rtsp', url: `rtsp://127.0.0.1:${await freePort()}/x` },
		{ id: 'made', source: 'simulator' },
	];
	const { file } = await station(t, { cameras });
	const { code, findings } = await examine([file]);
	t.equal(code, 1);
	t.match(pick(findings, 'camera files'), { status: 'ok', found: /can be read/ });
	t.match(pick(findings, 'camera nowhere'), { status: 'fail', found: /ENOENT/ });
	t.match(pick(findings, 'camera usb'), { status: 'fail', found: /video99/, fix: /andon cameras/ });
	t.match(pick(findings, 'camera net'), { status: 'fail', fix: String });
	t.match(pick(findings, 'camera made'), { status: 'ok' });
});

async function station(t: Test, changes: object = {}, name = 'station') {
	const dir = join(t.testdirName, name);
	rmSync(dir, { recursive: true, force: true });
	mkdirSync(dir, { recursive: true });
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	await writeStationBundle(join(dir, 'bundle'));
	const config = { station: 'line', bundle: 'bundle', cameras: [{ id: 'cam', source: 'simulator' }], ...changes };
	const file = join(dir, 'station.yaml');
	writeFileSync(file, stringify(config));
	return { dir, file };
}

async function examine(args: string[]) {
	const { code, stdout } = await runAndon('doctor', '--json', ...args);
	return { code, ...(JSON.parse(stdout) as { profile: string; findings: Finding[]; failed: number }) };
}

function pick(findings: readonly Finding[], name: string): Finding {
	return findings.find((finding) => finding.name === name)!;
}
