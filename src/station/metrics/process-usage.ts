/** What a process uses of the host, as Linux tells it; elsewhere nothing is known of other processes. */
import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
	readonly residentBytes: number;
	/** Of processor time, all threads, since its start. */
	readonly cpuSeconds: number;
}

/** Of the kernel's figures in /proc: the same on every architecture that Linux runs on today. */
const TICKS_PER_SECOND = 100;

/** @returns undefined when there is no such process, or no /proc */
export async function processUsage(pid: number): Promise<ProcessUsage | undefined> {
	const [status, stat] = await Promise.all([read(pid, 'status'), read(pid, 'stat')]);
	const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
	// The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	if (kibibytes === undefined || fields.length < 13) return undefined;
	return {
		residentBytes: Number(kibibytes) * 1024,
		cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
	};
}

function read(pid: number, file: string): Promise<string> {
	return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
