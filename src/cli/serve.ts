/** A station with its page, from start to the signal that ends it: what `run` and `demo` share. */
import { AndonError } from '../base/errors.ts';
import type { ConsoleOptions } from '../console/server/console.ts';
import type { Station } from '../station/station.ts';

export interface Served {
	readonly station: Station;
	/** Where the page is. */
	readonly consoleUrl: string;
	stop(): Promise<void>;
}

/**
 * Starts both, or neither.
 *
 * @param anyPort take a free port when the page's own is taken
 */
export async function serve(station: Station, page: ConsoleOptions, anyPort = false): Promise<Served> {
	await station.start();
	try {
		const console = await openPage(station, page, anyPort);
		const stop = async () => {
			await console.close();
			await station.stop();
		};
		return { station, consoleUrl: console.url, stop };
	} catch (error) {
		await station.stop();
		throw error;
	}
}

async function openPage(station: Station, page: ConsoleOptions, anyPort: boolean) {
	const { openConsole } = await import('../console/server/console.ts');
	try {
		return await openConsole(station, page);
	} catch (error) {
		if (!anyPort || !(error instanceof AndonError) || error.code !== 'PORT_UNAVAILABLE') throw error;
		return openConsole(station, { ...page, port: 0 });
	}
}

/** Resolves at the first SIGINT or SIGTERM; the second one ends the process at once. */
export function untilSignal(): Promise<void> {
	return new Promise((resolve) => {
		let asked = false;
		const ask = () => {
			if (asked) process.exit(130);
			asked = true;
			resolve();
		};
		process.on('SIGINT', ask);
		process.on('SIGTERM', ask);
	});
}
