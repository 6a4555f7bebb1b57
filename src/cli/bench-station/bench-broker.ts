/** The broker that every party of the bench publishes to: Mosquitto in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AndonError, messageOf } from '../../base/errors.ts';
import { freePort, listens } from '../../base/local-port.ts';

const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
const START_MS = 5000;

export interface BenchBroker {
	readonly port: number;
	readonly url: string;
	stop(): Promise<void>;
}

/** @throws USAGE when Mosquitto is not installed */
export async function startBenchBroker(folder: string): Promise<BenchBroker> {
	const port = await freePort();
	const config = join(folder, 'mosquitto.conf');
	await writeFile(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
	const broker = spawn('mosquitto', ['-c', config], { env: { ...process.env, PATH }, stdio: 'ignore' });
	let failure: unknown;
	broker.once('error', (error) => {
		failure = error;
	});
	const until = performance.now() + START_MS;
	while (!(await listens(port))) {
		if (failure || broker.exitCode !== null || performance.now() > until) throw missing(failure);
		await sleep(20);
	}
	return { port, url: `mqtt://127.0.0.1:${port}`, stop: () => stop(broker) };
}

async function stop(broker: ChildProcess): Promise<void> {
	if (broker.exitCode !== null) return;
	broker.kill('SIGTERM');
	await once(broker, 'exit');
}

function missing(cause: unknown): AndonError {
	return new AndonError('USAGE', {
		expected: 'Mosquitto, which all parties publish to',
		found: cause ? messageOf(cause) : 'it did not start',
		fix: 'Install it, such as with `apt-get install mosquitto`.',
	});
}
