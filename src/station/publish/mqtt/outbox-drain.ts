/** Empties the outbox over a connection: a few messages in flight, live ones first, history after them and marked as such. */
import type { Delivered, Unsent } from '../../store/store.ts';

/** What of the store is used. */
export interface Outbox {
	unsent(after: number, upTo: number, limit: number): Unsent[];
	lastNumber(): number;
	sent(number: number): Delivered | undefined;
}

type OnSent = (topic: string, delivered: Delivered | undefined) => void;

/** Below the 20 that brokers commonly allow one client. */
const WINDOW = 16;

export class OutboxDrain {
	readonly #outbox: Outbox;
	readonly #publish: (topic: string, payload: string) => Promise<void>;
	readonly #onRefused: (error: unknown) => void;
	readonly #onSent: OnSent;
	/** Messages up to here were recorded before the connection: history. */
	#liveFrom = 0;
	#liveCursor = 0;
	#historyCursor = 0;
	#inFlight = 0;
	/** Counts connections; answers to an older one are not ours. */
	#connection = 0;
	#running = false;

	/**
	 * @param publish resolves when the broker has the message
	 * @param onRefused told why when it does not take one; draining stops until `begin`
	 */
	constructor(
		outbox: Outbox,
		publish: (topic: string, payload: string) => Promise<void>,
		events: { readonly onRefused: (error: unknown) => void; readonly onSent: OnSent },
	) {
		this.#outbox = outbox;
		this.#publish = publish;
		this.#onRefused = events.onRefused;
		this.#onSent = events.onSent;
	}

	/** A connection is up: what is unsent now is history, what comes is live. */
	begin(): void {
		this.#connection++;
		this.#inFlight = 0;
		this.#liveFrom = this.#outbox.lastNumber();
		this.#liveCursor = this.#liveFrom;
		this.#historyCursor = 0;
		this.#running = true;
		this.pump();
	}

	end(): void {
		this.#running = false;
		this.#connection++;
		this.#inFlight = 0;
	}

	/** Sends what may be sent; called whenever there may be something new. */
	pump(): void {
		if (!this.#running) return;
		while (this.#inFlight < WINDOW) {
			const room = WINDOW - this.#inFlight;
			const live = this.#outbox.unsent(this.#liveCursor, Number.MAX_SAFE_INTEGER, room);
			const batch = live.length > 0 ? live : this.#outbox.unsent(this.#historyCursor, this.#liveFrom, room);
			if (batch.length === 0) return;
			const last = batch[batch.length - 1].number;
			if (live.length > 0) this.#liveCursor = last;
			else this.#historyCursor = last;
			for (const message of batch) void this.#send(message, live.length === 0);
		}
	}

	async #send({ number, topic, payload }: Unsent, history: boolean): Promise<void> {
		const connection = this.#connection;
		this.#inFlight++;
		try {
			await this.#publish(topic, history ? JSON.stringify({ ...JSON.parse(payload), history: true }) : payload);
		} catch (error) {
			if (connection !== this.#connection) return;
			this.end();
			return this.#onRefused(error);
		}
		// Even over a connection that has ended meanwhile: the broker has it.
		this.#onSent(topic, this.#outbox.sent(number));
		if (connection !== this.#connection) return;
		this.#inFlight--;
		this.pump();
	}
}
