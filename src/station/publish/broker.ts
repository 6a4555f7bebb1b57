/** The embedded MQTT broker, for stations that have none to go to: loopback only, MQTT 3.1.1, nothing kept over restarts. */
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { AndonError, messageOf } from '../../base/errors.ts';

export class Broker {
	readonly #host: string;
	readonly #sockets = new Set<Socket>();
	#port: number;
	#aedes: Aedes | undefined;
	#server: Server | undefined;

	/** @param port 0 takes any free port */
	constructor({ host, port }: { readonly host: string; readonly port: number }) {
		this.#host = host;
		this.#port = port;
	}

	/** Where it listens; after a start with port 0, the port that was taken. */
	get url(): string {
		return `mqtt://${this.#host.includes(':') ? `[${this.#host}]` : this.#host}:${this.#port}`;
	}

	/** Starts, or leaves nothing behind. @throws PORT_UNAVAILABLE */
	async start(): Promise<void> {
		const aedes = await Aedes.createBroker();
		this.#aedes = aedes;
		this.#server = createServer((socket) => {
			this.#sockets.add(socket);
			socket.once('close', () => this.#sockets.delete(socket));
			aedes.handle(socket);
		});
		try {
			await listen(this.#server, this.#host, this.#port);
		} catch (error) {
			// Its timers would keep the process alive.
			await this.stop();
			throw error;
		}
		this.#port = (this.#server.address() as { port: number }).port;
	}

	async stop(): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		if (this.#aedes) this.#aedes.close(() => resolve());
		else resolve();
		await promise;
		for (const socket of this.#sockets) socket.destroy();
		this.#server?.close();
		this.#server = undefined;
		this.#aedes = undefined;
	}
}

async function listen(server: Server, host: string, port: number): Promise<void> {
	try {
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(port, host, resolve);
		});
	} catch (cause) {
		throw new AndonError(
			'PORT_UNAVAILABLE',
			{
				expected: `to start the embedded MQTT broker on ${host}:${port}`,
				found: messageOf(cause),
				fix: 'Set `mqtt.url` to the broker that is there, or give `mqtt.embedded.port` another port (0 = any free one).',
			},
			{ cause },
		);
	}
}
