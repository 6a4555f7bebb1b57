/** The station on MQTT: retained availability, state and stats, the outbox's messages, and commands with their answers. */
import type { IClientOptions, IPublishPacket } from 'mqtt';
import { type AndonError, messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { GoldenRun } from '../../golden/golden-run.ts';
import type { BrokerState, CommandResponse, ShadowReport, StationState, StationStats } from '../../station-view.ts';
import type { Delivered } from '../../store/store.ts';
import { type CommandMessage, readCommand } from './command-message.ts';
import { Connection } from './connection.ts';
import { type Outbox, OutboxDrain } from './outbox-drain.ts';

export interface MqttSettings {
	readonly url: string;
	readonly embedded: boolean;
	readonly protocolVersion: 4 | 5;
	/** Topics are `<prefix>/<station>/…`. */
	readonly prefix: string;
	readonly station: string;
	readonly username?: string;
	readonly password?: string;
}

export interface PublisherEvents {
	/** Connected, lost or refused. */
	change(): void;
	/** A message of the outbox arrived at the broker. */
	sent(topic: string, delivered: Delivered | undefined): void;
	command(message: CommandMessage): Promise<CommandResponse>;
	/** What to say on `state`, `stats`, `shadow` and, once there was a run, on `golden` after connecting. */
	snapshot(): {
		readonly state: StationState;
		readonly stats: StationStats;
		readonly golden?: GoldenRun;
		readonly shadow: ShadowReport;
	};
}

/** The pause after a broker refused a message, so that it is not asked without end. */
const REFUSED_MS = 5000;

export class MqttPublisher {
	readonly #settings: MqttSettings;
	readonly #base: string;
	readonly #events: PublisherEvents;
	readonly #log: Logger;
	readonly #connection: Connection;
	readonly #drain: OutboxDrain;
	readonly #kept = new Map<string, object>();
	#status: BrokerState['status'] = 'offline';
	#fault: BrokerState['fault'];
	#timer: NodeJS.Timeout | undefined;
	#settled: (() => void) | undefined;

	constructor(settings: MqttSettings, outbox: Outbox, events: PublisherEvents, log: Logger) {
		this.#settings = settings;
		this.#base = `${settings.prefix}/${settings.station}`;
		this.#events = events;
		this.#log = log;
		this.#connection = new Connection(
			settings.url,
			this.#clientOptions(),
			{
				connected: () => void this.#greet(),
				lost: (error) => this.#lost(error),
				message: (topic, payload, packet) => void this.#hear(topic, payload, packet),
			},
			log,
		);
		this.#drain = new OutboxDrain(outbox, (topic, payload) => this.#publish(topic, payload), {
			onRefused: (error) => this.#refused(error),
			onSent: (topic, delivered) => events.sent(topic, delivered),
		});
	}

	/** Begins to connect; resolves after the first attempt or `patienceMs`, whatever its outcome. */
	async start(patienceMs = 2000): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#settled = resolve;
		const timer = setTimeout(resolve, patienceMs);
		this.#status = 'connecting';
		this.#connection.open();
		await promise;
		clearTimeout(timer);
	}

	/** Says offline and disconnects. */
	async stop(): Promise<void> {
		clearTimeout(this.#timer);
		this.#drain.end();
		if (this.#connection.connected) await this.#announce('offline').catch(() => {});
		await this.#connection.close();
		this.#status = 'offline';
	}

	/** There may be something new in the outbox. */
	pump(): void {
		this.#drain.pump();
	}

	async publishState(state: StationState): Promise<void> {
		await this.#publishNow('state', state);
	}

	async publishStats(stats: StationStats): Promise<void> {
		await this.#publishNow('stats', stats);
	}

	async publishGolden(run: GoldenRun): Promise<void> {
		await this.#publishNow('golden', run);
	}

	async publishShadow(report: ShadowReport): Promise<void> {
		await this.#publishNow('shadow', report);
	}

	/** An alert that cannot wait for the store, because the store is what is wrong. Lost when offline. */
	async publishAlert(alert: object): Promise<void> {
		await this.#publishNow('alert', alert, false);
	}

	/** A message for the machine, worth something only now and not kept. @throws when it cannot be sent */
	async publishAtOnce(topic: string, payload: object, qos: 0 | 1): Promise<void> {
		if (!this.#connection.connected) throw new Error('there is no connection to the broker');
		await this.#connection.publish(`${this.#base}/${topic}`, JSON.stringify(payload), { qos });
	}

	/** The newest of a topic is retained by the broker, and sent again to every broker that knows nothing of it. */
	publishKept(topic: string, payload: object): void {
		this.#kept.set(topic, payload);
		void this.#publishNow(topic, payload);
	}

	/** What happened just now; left out without a connection. */
	publishEvent(topic: string, payload: object): void {
		void this.#publishNow(topic, payload, false);
	}

	state(): BrokerState {
		const { url, embedded } = this.#settings;
		return { url, embedded, status: this.#status, ...(this.#fault ? { fault: this.#fault } : {}) };
	}

	#clientOptions(): IClientOptions {
		const { protocolVersion, station, username, password } = this.#settings;
		return {
			protocolVersion,
			clean: true,
			clientId: `andon-${station}`,
			keepalive: 15,
			username,
			password,
			will: {
				topic: `${this.#base}/availability`,
				payload: Buffer.from(JSON.stringify({ state: 'offline' })),
				qos: 1,
				retain: true,
			},
		};
	}

	async #greet(): Promise<void> {
		this.#status = 'connected';
		this.#fault = undefined;
		try {
			await this.#announce('online');
			await this.#connection.subscribe(`${this.#base}/command/+`);
			const { state, stats, golden, shadow } = this.#events.snapshot();
			await this.publishState(state);
			await this.publishStats(stats);
			if (golden) await this.publishGolden(golden);
			await this.publishShadow(shadow);
			for (const [topic, payload] of this.#kept) await this.#publishNow(topic, payload);
			this.#drain.begin();
		} catch (error) {
			this.#refused(error);
		}
		this.#settled?.();
		this.#events.change();
	}

	#announce(state: 'online' | 'offline'): Promise<void> {
		return this.#connection.publish(`${this.#base}/availability`, JSON.stringify({ state }), { retain: true });
	}

	#lost(error: AndonError | undefined): void {
		this.#drain.end();
		this.#status = 'connecting';
		if (error) this.#setFault(error);
		this.#settled?.();
		this.#events.change();
	}

	/** The broker is there but took a message badly; a lost connection is told by `lost`. */
	#refused(cause: unknown): void {
		if (!this.#connection.connected) return;
		const error = this.#connection.refused(cause);
		this.#log.error({ code: error.code }, error.message);
		this.#setFault(error);
		this.#events.change();
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			if (this.#connection.connected) void this.#greet();
		}, REFUSED_MS);
	}

	#setFault({ code, message }: AndonError): void {
		this.#fault = { code, message, since: this.#fault?.since ?? new Date().toISOString() };
	}

	#publish(topic: string, payload: string): Promise<void> {
		return this.#connection.publish(`${this.#base}/${topic}`, payload);
	}

	/** What is only worth something now; without a connection it is left out. */
	async #publishNow(topic: string, value: object, retain = true): Promise<void> {
		if (!this.#connection.connected) return;
		await this.#connection
			.publish(`${this.#base}/${topic}`, JSON.stringify(value), { retain })
			.catch((error) => this.#log.debug({ topic, error: messageOf(error) }, 'not published'));
	}

	async #hear(topic: string, payload: Uint8Array, packet: IPublishPacket): Promise<void> {
		if (packet.retain) return this.#log.warn({ topic }, 'a retained command is ignored');
		const message = readCommand(topic.slice(`${this.#base}/command/`.length), payload, packet);
		const response = await this.#events.command(message);
		const { responseTopic, correlationData } = message;
		const properties = correlationData && this.#settings.protocolVersion === 5 ? { correlationData } : undefined;
		await this.#connection
			.publish(this.#mayAnswerOn(responseTopic) ?? `${this.#base}/response`, JSON.stringify(response), { properties })
			.catch((error) => this.#log.warn({ topic, error: messageOf(error) }, 'an answer could not be sent'));
	}

	/** Nobody may make the station speak on its own topics, where it would be taken for a decision or a command. */
	#mayAnswerOn(topic: string | undefined): string | undefined {
		if (!topic || /[+#\0]/.test(topic) || topic.startsWith('$')) return undefined;
		const ours = topic.startsWith(`${this.#settings.prefix}/`) && !topic.startsWith(`${this.#base}/response/`);
		return ours ? undefined : topic;
	}
}
