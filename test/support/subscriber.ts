/** A real MQTT client that keeps what arrives, over outages of the broker too. */
import { connect, type MqttClient } from 'mqtt';

export interface Arrived {
	/** Below `<prefix>/<station>/`. */
	readonly topic: string;
	readonly payload: Record<string, unknown>;
	readonly retain: boolean;
	readonly qos: number;
	readonly correlation?: string;
}

export interface Subscriber {
	readonly client: MqttClient;
	readonly arrived: Arrived[];
	/** Payloads of a topic, in the order of their arrival. */
	of(topic: string): Record<string, unknown>[];
	/** Resolves once the arrivals satisfy the condition. */
	until(condition: () => boolean): Promise<void>;
	close(): Promise<void>;
}

export async function subscribe(url: string, filter: string, protocolVersion: 4 | 5 = 5): Promise<Subscriber> {
	const client = connect(url, {
		protocolVersion,
		clientId: `test-${process.pid}-${Math.random().toString(36).slice(2)}`,
		clean: false,
		...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {}),
		reconnectPeriod: 50,
	});
	client.on('error', () => {});
	const base = filter.slice(0, filter.indexOf('#'));
	const arrived: Arrived[] = [];
	const waiting = new Set<() => void>();
	client.on('message', (topic, payload, { retain, qos, properties }) => {
		if (topic.includes('/command/')) return;
		const text = payload.toString();
		arrived.push({
			topic: topic.slice(base.length),
			payload: text === '' ? {} : JSON.parse(text),
			retain,
			qos,
			...(properties?.correlationData ? { correlation: properties.correlationData.toString() } : {}),
		});
		for (const look of waiting) look();
	});
	await new Promise<void>((resolve) => client.once('connect', () => resolve()));
	await client.subscribeAsync(filter, { qos: 1 });
	return {
		client,
		arrived,
		of: (topic) => arrived.filter((message) => message.topic === topic).map((message) => message.payload),
		until: (condition) =>
			new Promise((resolve) => {
				const look = () => {
					if (!condition()) return;
					waiting.delete(look);
					resolve();
				};
				waiting.add(look);
				look();
			}),
		close: () => client.endAsync(true),
	};
}
