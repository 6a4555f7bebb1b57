import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { stringify } from 'yaml';
import type { StationState } from '../../../src/station/station-view.ts';
import { openSystemd, type Supervised } from '../../../src/station/supervision/systemd.ts';
import { Datagrams } from '../../support/datagrams.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { silent, writeImages } from '../../support/test-station.ts';

/** Paths of sockets are short. */
const sockets = mkdtempSync(join(tmpdir(), 'andon-'));
t.teardown(() => rmSync(sockets, { recursive: true }));

const counters = { parts: 3, ok: 2, defect: 1, review: 0, notInspected: 0, published: 3 };
const state = { station: 'line', status: 'running', counters, cameras: [], broker: {} } as unknown as StationState;

/** A station whose progress the test decides on. */
function station(stuck: () => string | undefined): Supervised {
	return { id: 'line', state: () => state, stuck };
}

for (const kind of ['path', 'abstract'] as const)
	t.test(`systemd is told through a socket with a${kind === 'path' ? ' path' : 'n abstract name'}`, async (t) => {
		const address = kind === 'path' ? join(sockets, 'notify') : `@andon-test-${process.pid}`;
		const listener = new Datagrams(address);
		const env: NodeJS.ProcessEnv = {
			NOTIFY_SOCKET: address,
			WATCHDOG_USEC: '120000',
			WATCHDOG_PID: String(process.pid),
			HOME: '/',
		};
		let stuck: string | undefined;
		const systemd = await openSystemd(silent, env);
		t.same(env, { HOME: '/' }, 'no child takes itself for the daemon');
		await listener.until(() => listener.received.length === 1);
		t.same(listener.received[0], ['EXTEND_TIMEOUT_USEC=30000000', 'STATUS=starting: models are loaded and proved']);
		systemd.ready([station(() => undefined), station(() => stuck)]);
		await listener.until(() => listener.lines('WATCHDOG=1').length >= 3);
		t.same(listener.received[1][0], 'READY=1');
		t.match(listener.lines('STATUS=')[1], /line running, 3 parts: 2 ok, 1 defect, 0 review, 0 not inspected/);
		stuck = 'records cannot be stored: the disk\nis full';
		await listener.until(() => listener.lines('STATUS=').some((line) => line.includes('disk')));
		t.equal(listener.lines('STATUS=').at(-1), 'STATUS=line: records cannot be stored: the disk is full');
		const pings = listener.lines('WATCHDOG=1').length;
		await sleep(200);
		t.equal(listener.lines('WATCHDOG=1').length, pings, 'no ping while one of them is stuck');
		stuck = undefined;
		await listener.until(() => listener.lines('WATCHDOG=1').length > pings);
		systemd.stopping();
		await listener.until(() => listener.lines('STOPPING=1').length === 1);
		const last = listener.lines('WATCHDOG=1').length;
		await sleep(150);
		t.equal(listener.lines('WATCHDOG=1').length, last);
		systemd.close();
		listener.close();
	});

t.test('an event loop that stalls does not ping', async (t) => {
	const address = `@andon-stall-${process.pid}`;
	const listener = new Datagrams(address);
	const systemd = await openSystemd(silent, { NOTIFY_SOCKET: address, WATCHDOG_USEC: '60000' });
	systemd.ready([station(() => undefined)]);
	await listener.until(() => listener.lines('WATCHDOG=1').length >= 2);
	const before = listener.lines('WATCHDOG=1').length;
	const until = performance.now() + 300;
	while (performance.now() < until);
	await sleep(1);
	t.ok(listener.lines('WATCHDOG=1').length - before <= 2, 'not the fifteen of 300 ms');
	systemd.close();
	listener.close();
});

t.test(
	'without systemd nothing happens, a ping for another process is not ours, and a dead socket says what to do',
	async (t) => {
		const none = await openSystemd(silent, {});
		none.ready([station(() => undefined)]);
		none.stopping();
		none.close();
		const address = `@andon-other-${process.pid}`;
		const listener = new Datagrams(address);
		const other = await openSystemd(silent, { NOTIFY_SOCKET: address, WATCHDOG_USEC: '60000', WATCHDOG_PID: '1' });
		other.ready([station(() => undefined)]);
		await sleep(150);
		t.equal(listener.lines('WATCHDOG=1').length, 0);
		t.equal(listener.lines('READY=1').length, 1);
		other.close();
		listener.close();
		await t.rejects(openSystemd(silent, { NOTIFY_SOCKET: 'vsock:2:1234' }), {
			code: 'SUPERVISOR_UNREACHABLE',
			message: /NOTIFY_SOCKET/,
		});
		const deaf = await openSystemd(silent, { NOTIFY_SOCKET: join(sockets, 'nobody') });
		deaf.ready([station(() => undefined)]);
		deaf.close();
	},
);

t.test('a daemon tells systemd from its start to its stop, and does not ping while it stands still', async (t) => {
	const dir = t.testdir();
	const bundle = await writeStationBundle(join(dir, 'bundle'));
	const file = join(dir, 'station.yaml');
	const cameras = [{ id: 'cam', source: 'folder', path: await writeImages(join(dir, 'images'), 2), watch: true }];
	const settings = { mqtt: { embedded: { port: 0 } }, console: { port: 0 } };
	writeFileSync(file, stringify({ station: 'line', bundle, cameras, ...settings }));
	const listener = new Datagrams(join(sockets, 'daemon'));
	const env = { ...process.env, NODE_OPTIONS: '', NOTIFY_SOCKET: join(sockets, 'daemon'), WATCHDOG_USEC: '600000' };
	const cli = fileURLToPath(new URL('../../../src/cli/andon.ts', import.meta.url));
	const daemon = spawn(process.execPath, [cli, 'run', file], { env, stdio: 'ignore' });
	t.teardown(() => daemon.kill('SIGKILL'));
	await listener.until(() => listener.lines('STATUS=').some((line) => /2 parts: 1 ok, 1 defect/.test(line)));
	t.equal(listener.received[0][0], 'EXTEND_TIMEOUT_USEC=30000000');
	t.equal(listener.lines('READY=1').length, 1);
	// The line idles, and the pings go on.
	const pings = listener.lines('WATCHDOG=1').length;
	await listener.until(() => listener.lines('WATCHDOG=1').length >= pings + 5);
	daemon.kill('SIGSTOP');
	await sleep(300);
	const stalled = listener.lines('WATCHDOG=1').length;
	await sleep(700);
	t.equal(listener.lines('WATCHDOG=1').length, stalled, 'a daemon that stands still does not ping');
	daemon.kill('SIGCONT');
	await listener.until(() => listener.lines('WATCHDOG=1').length > stalled);
	daemon.kill('SIGTERM');
	await once(daemon, 'exit');
	t.equal(daemon.exitCode, 0);
	await listener.until(() => listener.lines('STOPPING=1').length === 1);
	listener.close();
});
