/** The PLC of the benchmark, and when its coil went on. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../base/local-port.ts';

export class Coil {
	readonly port: number;
	/** When it was switched on, `monotonicMs`. */
	readonly on: number[] = [];
	readonly #child: ChildProcess;

	static async create(): Promise<Coil> {
		const coil = new Coil(await freePort());
		await once(coil.#child, 'message');
		return coil;
	}

	private constructor(port: number) {
		this.port = port;
		this.#child = fork(fileURLToPath(new URL('./coil-child.ts', import.meta.url)), [String(port)]);
		this.#child.on('message', (said: { at?: number; on?: boolean }) => {
			if (said.on && said.at !== undefined) this.on.push(said.at);
		});
	}

	close(): void {
		this.#child.disconnect();
	}
}
