/** Runs a program to its end and watches how much memory it takes at most. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

const POLL_MS = 20;

export interface Watched {
	readonly stdout: string;
	/** Peak resident memory in MiB; undefined where the system does not tell (it is read from Linux's /proc). */
	readonly peakMebibytes: number | undefined;
}

/** @throws Error with the program's last line on stderr when it fails or cannot be started */
export async function watchChild(program: string, args: readonly string[]): Promise<Watched> {
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
	const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
	let peak: number | undefined;
	const timer = setInterval(async () => {
		if (child.pid) peak = (await highWaterMark(child.pid)) ?? peak;
	}, POLL_MS);
	try {
		const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
		if (code !== 0) throw new Error(stderr.trim().split('\n').at(-1) || `${program} ended with ${code}`);
		return { stdout, peakMebibytes: peak };
	} finally {
		clearInterval(timer);
	}
}

/** The kernel keeps the mark, so that polling misses nothing but what comes in the last moments. */
async function highWaterMark(pid: number): Promise<number | undefined> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
	const match = /^VmHWM:\s+(\d+) kB$/m.exec(status);
	return match ? Number(match[1]) / 1024 : undefined;
}
