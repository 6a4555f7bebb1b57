/** An output by message, for a PLC or gateway that listens on the station's broker: at once, beside the durable outbox. */
import { z } from 'zod';
import { AndonError, messageOf } from '../../../base/errors.ts';
import type { Channel, DrivenPart, OutputContext } from '../output.ts';

export const mqttOutputOptions = z.strictObject({
	topic: z
		.string()
		.regex(/^[^+#/$][^+#]*$/, 'expected a topic without wildcards')
		.default('reject')
		.meta({ description: 'Below <prefix>/<station>/' }),
	qos: z.union([z.literal(0), z.literal(1)]).default(1),
	ahead: z.boolean().default(true).meta({
		description: 'Tell as soon as the part is decided, with the time at which it arrives; false: when it arrives',
	}),
});

export type MqttOutputOptions = Readonly<z.infer<typeof mqttOutputOptions>>;

export class MqttChannel implements Channel {
	readonly name: string;
	readonly ahead: boolean;
	readonly #options: MqttOutputOptions;
	readonly #context: OutputContext;

	constructor(options: MqttOutputOptions, context: OutputContext) {
		this.name = `MQTT topic ${options.topic}`;
		this.ahead = options.ahead;
		this.#options = options;
		this.#context = context;
	}

	trouble(): AndonError | undefined {
		return this.#context.connected() ? undefined : this.#unsent(new Error('there is no connection to the broker'));
	}

	async tell({ inMs = 0, ...part }: DrivenPart): Promise<void> {
		const now = Date.now();
		const dueAt = new Date(now + inMs).toISOString();
		const due = { at: new Date(now).toISOString(), dueAt, dueInMs: Math.round(inMs * 10) / 10 };
		await this.#send({ kind: 'part', output: this.#context.id, station: this.#context.station, ...due, ...part });
	}

	async beat(on: boolean): Promise<void> {
		const { id: output, station } = this.#context;
		await this.#send({ kind: 'heartbeat', output, station, at: new Date().toISOString(), on });
	}

	async #send(message: object): Promise<void> {
		try {
			await this.#context.publish(this.#options.topic, message, this.#options.qos);
		} catch (cause) {
			throw this.#unsent(cause);
		}
	}

	#unsent(cause: unknown): AndonError {
		const fix = 'Check the broker; the message is not sent later, because the part has gone by then.';
		const facts = { expected: `to publish on the topic ${this.#options.topic}`, found: messageOf(cause), fix };
		return new AndonError('OUTPUT_UNAVAILABLE', facts, { cause });
	}
}
