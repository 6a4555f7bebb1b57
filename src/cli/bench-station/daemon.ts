/** `andon run` in a process of its own, seen from outside as a plant sees it: over MQTT and through its metrics. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../base/local-port.ts';
import { THRIFTY_ARGV, THRIFTY_ENV } from '../../station/supervision/thrift.ts';

const ANDON = fileURLToPath(new URL('../andon.ts', import.meta.url));
const PATIENCE_MS = 60_000;

/** A sample of Prometheus' text format. */
export interface Sample {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

export class Daemon {
	readonly #child: ChildProcess;
	readonly #url: string;
	#words = '';

	/** @param config as in station.yaml, without its console */
	static async start(config: object, folder: string): Promise<Daemon> {
		const port = await freePort();
		const file = join(folder, `station-${port}.yaml`);
		// JSON is YAML.
		await writeFile(file, JSON.stringify({ ...config, console: { port } }));
		return new Daemon(file, port);
	}

	private constructor(file: string, port: number) {
		this.#url = `http://127.0.0.1:${port}/metrics`;
		const env = { ...process.env, ...THRIFTY_ENV, ANDON_LOG: 'warn' };
		this.#child = spawn(process.execPath, [...THRIFTY_ARGV, ANDON, 'run', file], {
			env,
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
			this.#words = text;
		});
	}

	/** @throws Error with its last words when it has ended */
	async metrics(): Promise<Sample[]> {
		const until = performance.now() + PATIENCE_MS;
		for (;;) {
			const answer = await fetch(this.#url).catch(() => undefined);
			if (answer?.ok) return samplesIn(await answer.text());
			if (this.#child.exitCode !== null || performance.now() > until) throw new Error(this.#words || 'no metrics');
			await sleep(100);
		}
	}

	async stop(): Promise<void> {
		if (this.#child.exitCode !== null) return;
		this.#child.kill('SIGTERM');
		await once(this.#child, 'exit');
	}
}

function samplesIn(text: string): Sample[] {
	return text.split('\n').flatMap((line) => {
		const sample = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
		if (!sample) return [];
		const labels = [...(sample[2] ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
		return [{ name: sample[1], labels: Object.fromEntries(labels), value: Number(sample[3]) }];
	});
}
