/** One `gst-launch-1.0` process: from its start to the moment when it is gone and all that it had written was read. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { openFramePipe, type Reader } from './frame-pipe.ts';

export interface GstEnd {
	/** What it said, its last lines. */
	readonly text: string;
	/** Why it ended, where it did not do so in order. */
	readonly how?: string;
}

const PIPE_FD = 3;
/** The end of every pipeline: frames in packets that carry their size and kind. */
const SINK = ['!', 'gdppay', '!', 'fdsink', `fd=${PIPE_FD}`];
/** Part of util-linux, so nearly everywhere: the child ends when this process is killed, and does not keep the camera. */
const SETPRIV = '/usr/bin/setpriv';
const TEXT_LIMIT = 16_384;
/** An orderly end (an RTSP camera is told) may take so long, ms. */
const PATIENCE_MS = 1000;

export class GstChild {
	readonly #child: ChildProcess;
	readonly #pipe: Socket;
	readonly #ended = Promise.withResolvers<GstEnd>();
	#text = '';
	#kill: NodeJS.Timeout | undefined;

	/** @param pipeline words of `gst-launch-1.0`, without a sink; no shell sees them */
	static async start(pipeline: readonly string[], reader: Reader): Promise<GstChild> {
		const { theirs, ours } = await openFramePipe(reader);
		return new GstChild(pipeline, theirs, ours);
	}

	private constructor(pipeline: readonly string[], theirs: Socket, ours: Socket) {
		const launch = ['gst-launch-1.0', '--quiet', ...pipeline, ...SINK];
		const [command, ...words] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig=KILL', '--', ...launch] : launch;
		this.#pipe = ours;
		this.#child = spawn(command, words, {
			stdio: ['ignore', 'ignore', 'pipe', theirs],
			// Its messages are read: they must not be translated.
			env: { ...process.env, LC_ALL: 'C', GST_DEBUG_NO_COLOR: '1' },
		});
		theirs.destroy();
		this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
			this.#text = (this.#text + text).slice(-TEXT_LIMIT);
			// It has given up, and may hang in giving back what it had.
			if (/^ERROR/m.test(this.#text)) this.#kill ??= this.#killLater();
		});
		this.#follow();
	}

	/** Resolves when it is gone and everything was read; never rejects. */
	get ended(): Promise<GstEnd> {
		return this.#ended.promise;
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	/** Ends it; resolves when it is gone. */
	async stop(): Promise<void> {
		this.#child.kill('SIGINT');
		this.#kill ??= this.#killLater();
		// It may hang in a write that nobody reads any more.
		this.#pipe.destroy();
		await this.ended;
	}

	#killLater(): NodeJS.Timeout {
		return setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
	}

	#follow(): void {
		let how: string | undefined;
		const exited = new Promise<void>((resolve) => {
			this.#child.once('error', (error) => {
				how = error.message;
				resolve();
			});
			this.#child.once('close', (code, signal) => {
				how = signal ? `it was ended by ${signal}` : code ? `it ended with code ${code}` : undefined;
				resolve();
			});
		});
		const read = new Promise<void>((resolve) => {
			this.#pipe.once('close', () => resolve());
		});
		this.#pipe.on('error', () => {});
		this.#pipe.resume();
		void Promise.all([exited, read]).then(() => {
			clearTimeout(this.#kill);
			this.#ended.resolve({ text: this.#text, how });
		});
	}
}
