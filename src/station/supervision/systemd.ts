/** What systemd is told (sd_notify): ready, how it goes, and a ping only while every station gets on with its work. */
import type { Logger } from '../../base/log.ts';
import type { StationState } from '../station-view.ts';
import { type NotifySocket, openNotifySocket } from './notify-socket.ts';

/** What is asked of a station. */
export interface Supervised {
	readonly id: string;
	state(): StationState;
	/** What does not get on, in words; undefined when all is well. */
	stuck(): string | undefined;
}

export interface Systemd {
	/** Every station inspects: from now on it is pinged while they get on. */
	ready(stations: readonly Supervised[]): void;
	/** They are being stopped; no more pings. */
	stopping(): void;
	close(): void;
}

/** So much longer a start or a stop may take than was said last; said again every third of it. */
const EXTENSION_MS = 30_000;
/** A start that takes longer is given up by systemd, ms. */
const LONGEST_START_MS = 600_000;
/** How often systemd is told how it goes, where it asks for no pings, ms. */
const STATUS_MS = 5000;

/**
 * Begins: the start may take its time. Without systemd nothing happens, and nothing is loaded.
 *
 * @param env NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are taken out of it, so that no child takes itself for us
 */
export async function openSystemd(log: Logger, env: NodeJS.ProcessEnv = process.env): Promise<Systemd> {
	const { NOTIFY_SOCKET: address, WATCHDOG_USEC: period, WATCHDOG_PID: pid } = env;
	for (const key of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[key];
	if (!address) return { ready: () => {}, stopping: () => {}, close: () => {} };
	const isForUs = pid === undefined || Number(pid) === process.pid;
	const watchdogMs = isForUs && period ? Number(period) / 1000 : undefined;
	return new Notifier(await openNotifySocket(address), watchdogMs, log);
}

class Notifier implements Systemd {
	readonly #socket: NotifySocket;
	readonly #watchdogMs: number | undefined;
	readonly #log: Logger;
	#timer: NodeJS.Timeout | undefined;
	#stuck: string | undefined;
	#status = '';

	constructor(socket: NotifySocket, watchdogMs: number | undefined, log: Logger) {
		this.#socket = socket;
		this.#watchdogMs = watchdogMs;
		this.#log = log;
		this.#extend('starting: models are loaded and proved', LONGEST_START_MS);
	}

	ready(stations: readonly Supervised[]): void {
		clearInterval(this.#timer);
		this.#send('READY=1', `STATUS=${this.#describe(stations)}`);
		const everyMs = this.#watchdogMs === undefined ? STATUS_MS : Math.min(this.#watchdogMs / 3, STATUS_MS);
		this.#look(stations);
		this.#timer = setInterval(() => this.#look(stations), everyMs);
	}

	stopping(): void {
		clearInterval(this.#timer);
		this.#send('STOPPING=1');
		this.#extend('stopping: parts in work are finished', EXTENSION_MS);
	}

	close(): void {
		clearInterval(this.#timer);
		this.#socket.close();
	}

	/** Asks for time again and again, for so long. */
	#extend(status: string, longestMs: number): void {
		const until = performance.now() + longestMs;
		const ask = () => {
			if (performance.now() >= until) return clearInterval(this.#timer);
			this.#send(`EXTEND_TIMEOUT_USEC=${EXTENSION_MS * 1000}`, `STATUS=${status}`);
		};
		ask();
		this.#timer = setInterval(ask, EXTENSION_MS / 3);
		this.#timer.unref();
	}

	/** Pings only if every station gets on; says what does not. */
	#look(stations: readonly Supervised[]): void {
		const stuck = stations.flatMap((station) => {
			const why = station.stuck();
			return why === undefined ? [] : [`${station.id}: ${why}`];
		})[0];
		if (stuck !== this.#stuck && stuck) this.#log.error(`systemd is no longer told that all is well: ${stuck}`);
		if (stuck === undefined && this.#stuck) this.#log.info('systemd is told again that all is well');
		this.#stuck = stuck;
		const status = stuck ?? this.#describe(stations);
		const news = status === this.#status ? [] : [`STATUS=${status}`];
		this.#status = status;
		if (stuck === undefined && this.#watchdogMs !== undefined) this.#send('WATCHDOG=1', ...news);
		else if (news.length > 0) this.#send(...news);
	}

	#describe(stations: readonly Supervised[]): string {
		return stations.map((station) => describeState(station.state())).join('; ');
	}

	/** A message that is not taken costs no part: what systemd does then is its own affair. */
	#send(...lines: readonly string[]): void {
		try {
			this.#socket.send(lines.map((line) => line.replaceAll('\n', ' ')).join('\n'));
		} catch (error) {
			this.#log.warn({ error }, 'systemd could not be told');
		}
	}
}

/** As `systemctl status` shows it. */
function describeState(state: StationState): string {
	const { station, status, counters, cameras, outputs = [], fault, broker, promiseVoid = [] } = state;
	const faults = [...cameras, ...outputs].flatMap(({ id, fault }) => (fault ? [`${id}: ${fault.message}`] : []));
	const wrong = [
		...(fault ? [fault.message] : []),
		...faults,
		...(broker.fault ? [broker.fault.message] : []),
		...promiseVoid,
	];
	const { parts, ok, defect, review, notInspected } = counters;
	const counts = `${parts} parts: ${ok} ok, ${defect} defect, ${review} review, ${notInspected} not inspected`;
	return `${station} ${status}, ${counts}${wrong.length > 0 ? `. ${wrong.join('. ')}` : ''}`;
}
