/** Pulses on a wire: those that overlap become one, or are told apart by a gap; under them lies the level at rest. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupervisedWire } from './supervised-wire.ts';

export interface PulseOptions {
	readonly pulseMs: number;
	readonly overlap: 'extend' | 'split';
	readonly gapMs: number;
}

export class Pulses {
	readonly #wire: Pick<SupervisedWire, 'set'>;
	readonly #options: PulseOptions;
	#rest: boolean;
	#off: NodeJS.Timeout | undefined;
	#overlaps = 0;

	/** @param rest the level while there is no pulse */
	constructor(wire: Pick<SupervisedWire, 'set'>, options: PulseOptions, rest: boolean) {
		this.#wire = wire;
		this.#options = options;
		this.#rest = rest;
	}

	/** Pulses that began while another one was on. */
	get overlaps(): number {
		return this.#overlaps;
	}

	/** Begins a pulse. Resolves when the device is on. @throws when it cannot be driven */
	async fire(): Promise<void> {
		const { overlap, pulseMs, gapMs } = this.#options;
		if (this.#off) {
			this.#overlaps++;
			clearTimeout(this.#off);
			this.#off = undefined;
			if (overlap === 'split') await this.#gap(gapMs);
		}
		this.#end(pulseMs);
		await this.#wire.set(true);
		// The device is to see all of it, however long it took to answer.
		this.#end(pulseMs);
	}

	/** The level from now on, outside of pulses. */
	async setRest(on: boolean): Promise<void> {
		if (on === this.#rest) return;
		this.#rest = on;
		if (!this.#off) await this.#wire.set(on);
	}

	/** Waits for a pulse that is on. */
	async settled(): Promise<void> {
		while (this.#off) await sleep(5);
	}

	#end(ms: number): void {
		clearTimeout(this.#off);
		this.#off = setTimeout(() => {
			this.#off = undefined;
			// Should it fail, the wire is off once it can be driven again.
			this.#wire.set(this.#rest).catch(() => {});
		}, ms);
	}

	async #gap(ms: number): Promise<void> {
		await this.#wire.set(false);
		await sleep(ms);
	}
}
