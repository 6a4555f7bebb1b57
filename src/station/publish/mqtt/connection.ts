/** One connection to a broker at a time; when it ends, the next one comes after a growing, jittered pause. */
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { AndonError, messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';

export interface ConnectionEvents {
	connected(): void;
	/** @param error why, when it was not us */
	lost(error: AndonError | undefined): void;
	message(topic: string, payload: Uint8Array, packet: IPublishPacket): void;
}

export interface PublishSettings {
	readonly retain?: boolean;
	/** 1 if absent. */
	readonly qos?: 0 | 1;
	readonly properties?: IPublishPacket['properties'];
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const CONNECT_MS = 5000;

export class Connection {
	readonly #url: string;
	readonly #options: IClientOptions;
	readonly #events: ConnectionEvents;
	readonly #log: Logger;
	#client: MqttClient | undefined;
	#timer: NodeJS.Timeout | undefined;
	/** Attempts since the last connection. */
	#attempts = 0;
	#closed = true;

	/** @param options login, will and protocol version; what concerns reconnecting is ours */
	constructor(url: string, options: IClientOptions, events: ConnectionEvents, log: Logger) {
		this.#url = url;
		// MQTT.js's own reconnecting resends without a bound and loses messages over long outages.
		this.#options = {
			...options,
			reconnectPeriod: 0,
			queueQoSZero: false,
			resubscribe: false,
			connectTimeout: CONNECT_MS,
		};
		this.#events = events;
		this.#log = log;
	}

	get connected(): boolean {
		return this.#client?.connected ?? false;
	}

	/** Begins; goes on trying until closed. */
	open(): void {
		this.#closed = false;
		this.#attempt();
	}

	/** Resolves when the broker has taken the message; with QoS 0, when it was sent. */
	async publish(topic: string, payload: string, settings: PublishSettings = {}): Promise<void> {
		const { retain = false, qos = 1, properties } = settings;
		if (!this.#client?.connected) throw new TypeError('not connected');
		await this.#client.publishAsync(topic, payload, { qos, retain, properties });
	}

	async subscribe(filter: string): Promise<void> {
		await this.#client?.subscribeAsync(filter, { qos: 1 });
	}

	/** Disconnects in order; the will is not sent. */
	async close(): Promise<void> {
		this.#closed = true;
		clearTimeout(this.#timer);
		const client = this.#client;
		this.#client = undefined;
		if (client?.connected) await Promise.race([client.endAsync(), timeout(CONNECT_MS)]);
		client?.end(true);
	}

	#attempt(): void {
		const client = connect(this.#url, this.#options);
		let error: AndonError | undefined;
		this.#client = client;
		client.on('error', (cause) => {
			error = this.refused(cause);
		});
		client.on('message', (topic, payload, packet) => this.#events.message(topic, payload, packet));
		client.on('connect', () => {
			if (this.#client !== client) return;
			this.#attempts = 0;
			this.#events.connected();
		});
		client.once('close', () => {
			client.end(true);
			if (this.#client === client) this.#again(error);
		});
	}

	#again(error: AndonError | undefined): void {
		this.#client = undefined;
		if (this.#closed) return;
		const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#attempts++, LONGEST_PAUSE_MS) * (0.8 + 0.4 * Math.random());
		const why = error ?? this.refused(new Error('the connection was closed'));
		this.#log.warn({ code: why.code, againInMs: Math.round(pause) }, why.message);
		this.#events.lost(why);
		this.#timer = setTimeout(() => this.#attempt(), pause);
	}

	/** Any trouble with the broker, in the user's words. */
	refused(cause: unknown): AndonError {
		return new AndonError(
			'BROKER_REFUSED',
			{ expected: `to publish to ${this.#url}`, found: foundOf(cause), fix: fixOf(cause) },
			{ cause },
		);
	}
}

function codeOf(cause: unknown): number | string | undefined {
	return (cause as { code?: number | string }).code;
}

function foundOf(cause: unknown): string {
	const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
	return messageOf(inner) || String(codeOf(cause));
}

function fixOf(cause: unknown): string {
	const code = codeOf(cause);
	if (code === 1 || code === 132) return 'The broker does not speak MQTT 5: set `mqtt.protocolVersion` to 4.';
	if (code === 4 || code === 5 || code === 134 || code === 135)
		return 'Check `mqtt.username`, the file in `mqtt.passwordFile`, and the rights of that account on the topics.';
	return 'Check `mqtt.url` and that the broker runs; inspection goes on and messages wait in the store.';
}

function timeout(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
