/** Real GStreamer for tests, where it is installed: whether it is, a real RTSP server, and the processes that a test left. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/base/local-port.ts';

const SCRIPT = fileURLToPath(new URL('./rtsp-server.py', import.meta.url));
/** Debian's bindings belong to Debian's Python. */
const PYTHON = '/usr/bin/python3';

/** For tap's `skip`: false where these elements are installed, else why not. */
export function withoutGstreamer(...elements: readonly string[]): string | false {
	for (const element of ['gdppay', ...elements])
		if (spawnSync('gst-inspect-1.0', ['--exists', element]).status !== 0) return `GStreamer has no ${element} here`;
	return false;
}

/** For tap's `skip` likewise. */
export function withoutRtspServer(): string | false {
	const missing = withoutGstreamer('rtspsrc', 'jpegdec', 'rtpjpegpay', 'videotestsrc');
	if (missing) return missing;
	return spawnSync(PYTHON, [SCRIPT]).status === 0
		? false
		: 'gir1.2-gst-rtsp-server-1.0 and python3-gi are not installed';
}

export interface Served {
	readonly width: number;
	readonly height: number;
	readonly fps: number;
	readonly pattern: string;
	/** What it is encoded by, with its payloader. */
	readonly encoder: string;
	readonly user: string;
	readonly password: string;
}

export class RtspServer {
	readonly port: number;
	readonly #words: readonly string[];
	#process: ChildProcess | undefined;

	static async create(served: Partial<Served> = {}): Promise<RtspServer> {
		const server = new RtspServer(await freePort(), served);
		await server.start();
		return server;
	}

	private constructor(port: number, served: Partial<Served>) {
		const { width = 64, height = 48, fps = 20, pattern = 'ball', user, password = '' } = served;
		const { encoder = 'jpegenc quality=95 ! rtpjpegpay name=pay0 pt=26' } = served;
		// Not every payloader takes every format.
		const caps = `video/x-raw,format=I420,width=${width},height=${height},framerate=${fps}/1`;
		this.port = port;
		this.#words = [
			String(port),
			`( videotestsrc is-live=true pattern=${pattern} ! ${caps} ! ${encoder} )`,
			...(user === undefined ? [] : [user, password]),
		];
	}

	get url(): string {
		return `rtsp://127.0.0.1:${this.port}/line`;
	}

	async start(): Promise<void> {
		const server = spawn(PYTHON, [SCRIPT, ...this.#words], { stdio: ['ignore', 'pipe', 'inherit'] });
		this.#process = server;
		process.once('exit', () => server.kill('SIGKILL'));
		await once(server.stdout, 'data');
	}

	/** As when its plug is pulled: nobody is told. */
	async kill(): Promise<void> {
		const server = this.#process;
		this.#process = undefined;
		if (!server) return;
		server.kill('SIGKILL');
		await once(server, 'exit');
	}

	/** As when its cable is cut: it neither answers nor hangs up. */
	freeze(): void {
		this.#process?.kill('SIGSTOP');
	}
}

/** The `gst-launch-1.0` processes that a process has started and that still run. */
export function gstChildren(parent: number = process.pid): number[] {
	const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(/\s+/);
	return children.filter((pid) => pid && isLaunch(pid)).map(Number);
}

function isLaunch(pid: string): boolean {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('gst-launch-1.0');
	} catch {
		return false;
	}
}
