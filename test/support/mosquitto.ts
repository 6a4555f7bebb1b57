/** A real broker of its own for a test: Mosquitto on a free port, with sessions that survive its restarts. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, listens } from '../../src/base/local-port.ts';

const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
const found = spawnSync('mosquitto', ['-h'], { env: { ...process.env, PATH } });

/** For tap's `skip`: false where Mosquitto is installed, else why not. */
export const withoutMosquitto: string | false = found.error ? 'mosquitto is not installed' : false;

export class Mosquitto {
	readonly port: number;
	readonly #config: string;
	#process: ChildProcess | undefined;

	/** @param lines more lines of its configuration */
	static async create(dir: string, lines: readonly string[] = ['allow_anonymous true']): Promise<Mosquitto> {
		const broker = new Mosquitto(dir, await freePort(), lines);
		await broker.start();
		return broker;
	}

	private constructor(dir: string, port: number, lines: readonly string[]) {
		this.port = port;
		const place = join(dir, 'mosquitto');
		mkdirSync(place, { recursive: true });
		this.#config = join(place, 'mosquitto.conf');
		const own = [`listener ${port} 127.0.0.1`, 'persistence true', `persistence_location ${place}/`, 'user root'];
		writeFileSync(this.#config, [...own, ...lines, ''].join('\n'));
	}

	get url(): string {
		return `mqtt://127.0.0.1:${this.port}`;
	}

	async start(): Promise<void> {
		this.#process = spawn('mosquitto', ['-c', this.#config], { env: { ...process.env, PATH }, stdio: 'ignore' });
		const broker = this.#process;
		// A test that fails or times out leaves nothing behind.
		process.once('exit', () => broker.kill('SIGKILL'));
		while (!(await listens(this.port))) await sleep(20);
	}

	async stop(): Promise<void> {
		const broker = this.#process;
		this.#process = undefined;
		if (!broker || broker.exitCode !== null) return;
		broker.kill('SIGTERM');
		await once(broker, 'exit');
	}
}
