/** Runs the command line as a user does, in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ANDON = fileURLToPath(new URL('../../src/cli/andon.ts', import.meta.url));

export interface Outcome {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

export function runAndon(...args: string[]): Promise<Outcome> {
	return new Promise((resolve) => {
		execFile(process.execPath, [ANDON, ...args], { maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
			resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
		);
	});
}
