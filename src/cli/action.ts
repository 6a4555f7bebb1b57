/** What every command shares: `--json`, errors in words, exit codes. */
import type { Command } from 'commander';
import { AndonError, messageOf } from '../base/errors.ts';

/** Adds `--json`; every command has it. */
export function withJson(command: Command): Command {
	return command.option('--json', 'print one JSON document on stdout (logs go to stderr)');
}

/**
 * Wraps a command's action: prints its result, turns errors into words and a non-zero exit code.
 *
 * @param run does the work and returns the result to print, or undefined when it printed by itself
 * @param format the result in words, used without `--json`
 */
export async function perform<T>(
	options: { json?: boolean },
	run: () => Promise<T>,
	format: (result: T) => string,
): Promise<void> {
	try {
		const result = await run();
		if (result === undefined) return;
		process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${format(result)}\n`);
	} catch (error) {
		process.exitCode = 1;
		const known = error instanceof AndonError;
		if (options.json)
			process.stdout.write(
				`${JSON.stringify({ error: known ? error : { code: 'INTERNAL', message: messageOf(error) } })}\n`,
			);
		process.stderr.write(
			known ? `andon: ${error.message} [${error.code}]\n` : `andon: ${(error as Error)?.stack ?? error}\n`,
		);
	}
}
