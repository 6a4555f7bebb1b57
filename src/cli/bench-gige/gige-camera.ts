/** A real GigE Vision camera without hardware: the one of libaravis, in a network namespace of its own, at the other end of a cable. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAM = 'arv-fake-gv-camera-0.8';

/** 3956, as the kernel lists it. */
const CONTROL_PORT = ':0F74 ';

/** False where one can be had, else why not. */
export const withoutGigeCamera: string | false = reasonAgainst();

export class GigeCamera {
	readonly address: string;
	readonly serial: string;
	readonly #namespace: string;
	readonly #link: string;
	readonly #lost: number;
	#process: ChildProcess | undefined;

	/** @param lostPerThousand packets that it does not send, of a thousand */
	static async create({ lostPerThousand = 0 } = {}): Promise<GigeCamera> {
		const camera = new GigeCamera(lostPerThousand);
		await camera.plug();
		return camera;
	}

	private constructor(lostPerThousand: number) {
		const number = process.pid % 60_000;
		this.#namespace = `andon-${number}`;
		this.#link = `andon${number}`;
		this.#lost = lostPerThousand;
		const subnet = `10.217.${number >> 8}`;
		const host = number & 0xfc;
		this.address = `${subnet}.${host + 2}`;
		this.serial = `GV${number}`;
		this.#lay(`${subnet}.${host + 1}`);
		process.once('exit', () => this.remove());
	}

	/** Powers it up. */
	async plug(): Promise<void> {
		const camera = ['-i', `${this.#link}c`, '-s', this.serial, '-r', String(this.#lost)];
		this.#process = spawn('ip', ['netns', 'exec', this.#namespace, PROGRAM, ...camera], { stdio: 'ignore' });
		while (!this.#listens()) await sleep(10);
	}

	/** Takes its power away. */
	async unplug(): Promise<void> {
		const camera = this.#process;
		this.#process = undefined;
		if (!camera || camera.exitCode !== null) return;
		camera.kill('SIGKILL');
		await once(camera, 'exit');
	}

	/** Pulls its cable, or puts it back. */
	cable(state: 'up' | 'down'): void {
		ip('link', 'set', `${this.#link}h`, state);
	}

	remove(): void {
		this.#process?.kill('SIGKILL');
		this.#process = undefined;
		spawnSync('ip', ['netns', 'del', this.#namespace]);
		spawnSync('ip', ['link', 'del', `${this.#link}h`]);
	}

	/** Whether it has opened its control channel. */
	#listens(): boolean {
		return readFileSync(`/proc/${this.#process!.pid}/net/udp`, 'utf8').includes(CONTROL_PORT);
	}

	#lay(host: string): void {
		const [here, there] = [`${this.#link}h`, `${this.#link}c`];
		ip('netns', 'add', this.#namespace);
		ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', this.#namespace);
		ip('addr', 'add', `${host}/30`, 'dev', here);
		ip('link', 'set', here, 'up');
		ip('-n', this.#namespace, 'addr', 'add', `${this.address}/30`, 'dev', there);
		ip('-n', this.#namespace, 'link', 'set', there, 'up');
	}
}

function ip(...args: string[]): void {
	const { status, stderr } = spawnSync('ip', args);
	if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

function reasonAgainst(): string | false {
	if (process.getuid?.() !== 0) return 'network namespaces need root';
	if (spawnSync(PROGRAM, ['--help']).error) return `${PROGRAM} is not installed (Debian: aravis-tools)`;
	const probe = `andon-probe-${process.pid}`;
	const { status, error } = spawnSync('ip', ['netns', 'add', probe]);
	if (error) return 'ip is not installed (Debian: iproute2)';
	if (status !== 0) return 'network namespaces are not allowed here';
	spawnSync('ip', ['netns', 'del', probe]);
	return false;
}
