/** `andon run`: the daemon, one station per file. */
import { Command } from 'commander';
import { createLogger } from '../base/log.ts';
import type { StationConfig } from '../station/config.ts';
import { perform, withJson } from './action.ts';
import type { Served } from './serve.ts';

interface Flags {
	readonly check?: boolean;
	readonly json?: boolean;
}

interface Result {
	readonly stations: readonly { readonly station: string; readonly file: string }[];
	readonly checked: boolean;
	/** Parts that were inspected, by verdict. */
	readonly counters?: Readonly<Record<string, object>>;
}

export function runCommand(): Command {
	return withJson(
		new Command('run')
			.description('inspect: run the stations until stopped (SIGINT or SIGTERM)')
			.argument('<station.yaml...>', 'one file per station')
			.option('--check', 'only check the files')
			.addHelpText('after', '\nExamples:\n  andon run station.yaml\n  andon run --check station.yaml'),
	).action((files: string[], flags: Flags) => perform(flags, () => run(files, flags), describe));
}

async function run(files: string[], flags: Flags): Promise<Result> {
	const { readStationConfig } = await import('../station/config.ts');
	const configs: StationConfig[] = [];
	for (const file of files) configs.push(await readStationConfig(file));
	const stations = configs.map(({ station }, i) => ({ station, file: files[i] }));
	if (flags.check) return { stations, checked: true };
	return { stations, checked: false, counters: await serveAll(configs) };
}

async function serveAll(configs: readonly StationConfig[]): Promise<Record<string, object>> {
	const { serve, untilSignal } = await import('./serve.ts');
	const { Station } = await import('../station/station.ts');
	const { openSystemd } = await import('../station/supervision/systemd.ts');
	const signal = untilSignal();
	const systemd = await openSystemd(createLogger('systemd'));
	const served: Served[] = [];
	try {
		for (const config of configs) {
			served.push(await serve(new Station(config), config.console));
			process.stderr.write(`${welcome(served.at(-1)!)}\n`);
		}
		systemd.ready(served.map(({ station }) => station));
		await signal;
	} finally {
		systemd.stopping();
		await Promise.all(served.map(({ stop }) => stop()));
		systemd.close();
	}
	return Object.fromEntries(served.map(({ station }) => [station.id, station.state().counters]));
}

function welcome({ station, consoleUrl }: Served): string {
	const { recipe, provider, cameras, broker } = station.state();
	const names = cameras.map(({ id, source }) => `${id} (${source})`).join(', ');
	return `${station.id}: ${names} with ${recipe.id} ${recipe.version} on ${provider}; MQTT ${broker.url}; page ${consoleUrl}`;
}

function describe({ stations, checked, counters }: Result): string {
	if (checked) return stations.map(({ station, file }) => `${file}: station ${station} is valid`).join('\n');
	return stations.map(({ station }) => `${station}: ${JSON.stringify(counters?.[station])}`).join('\n');
}
