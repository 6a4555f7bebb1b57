/** An encoder whose count stands in Modbus registers, polled: jumps and roll-over of the register are told apart by the belt's speed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../../base/clock.ts';
import type { AndonError } from '../../../base/errors.ts';
import { connectModbus, type ModbusConnection, type ModbusPeer } from '../modbus/modbus-peer.ts';
import type { EncoderEvents, EncoderSource } from './encoder-belt.ts';

export interface ModbusEncoderOptions extends ModbusPeer {
	readonly registers: 'holding' | 'input';
	readonly address: number;
	readonly bits: 16 | 32;
	readonly wordOrder: 'high-first' | 'low-first';
	readonly pollMs: number;
	/** More counts per second than the belt can move: a jump. */
	readonly fastest: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** A poll that came late still counts in full: allowance beside the fastest, counts per ms of delay are in `fastest`. */
const SLACK_COUNTS = 4;

export class ModbusEncoder implements EncoderSource {
	readonly #options: ModbusEncoderOptions;
	readonly #stop = new AbortController();
	#connection: ModbusConnection | undefined;
	#running: Promise<void> = Promise.resolve();

	constructor(options: ModbusEncoderOptions) {
		this.#options = options;
	}

	/** Resolves after the first attempt. */
	async start(events: EncoderEvents): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#running = this.#run(events, resolve);
		await promise;
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		this.#connection?.close();
		await this.#running;
	}

	async #run(events: EncoderEvents, attempted: () => void): Promise<void> {
		let failures = 0;
		while (!this.#stop.signal.aborted) {
			try {
				const connection = await connectModbus(this.#options, () => {});
				this.#connection = connection;
				await this.#poll(connection, events, () => {
					failures = 0;
					attempted();
				});
			} catch (error) {
				if (!this.#stop.signal.aborted) events.lost(error as AndonError);
			}
			this.#connection?.close();
			attempted();
			await this.#wait(Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS));
		}
	}

	async #poll(connection: ModbusConnection, events: EncoderEvents, counted: () => void): Promise<void> {
		let last: { at: number; count: number } | undefined;
		while (!this.#stop.signal.aborted) {
			const asked = monotonicMs();
			const count = await this.#read(connection);
			// The peer read it somewhere between our question and its answer.
			const at = (asked + monotonicMs()) / 2;
			if (last) this.#tell(events, at, count, last);
			else events.back(at);
			last = { at, count };
			counted();
			await this.#wait(Math.max(0, asked + this.#options.pollMs - monotonicMs()));
		}
	}

	#tell(events: EncoderEvents, at: number, count: number, last: { at: number; count: number }): void {
		const range = 2 ** this.#options.bits;
		// The shorter way around: the register rolls over.
		const delta = ((count - last.count + 1.5 * range) % range) - range / 2;
		const most = (this.#options.fastest * (at - last.at)) / 1000 + SLACK_COUNTS;
		if (Math.abs(delta) <= most) events.moved(at, delta);
		else events.jumped(at, `the encoder jumped from ${last.count} to ${count}`);
	}

	async #read(connection: ModbusConnection): Promise<number> {
		const { registers, address, bits, wordOrder } = this.#options;
		const words = await connection.readRegisters(registers, address, bits / 16);
		if (bits === 16) return words[0];
		const [high, low] = wordOrder === 'high-first' ? words : [words[1], words[0]];
		return high * 65_536 + low;
	}

	async #wait(ms: number): Promise<void> {
		await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
	}
}
