/** A signal that goes on and off while parts are inspected: a PLC that sees it stand still stops the line. */
import type { Driver } from './driver.ts';

export class Heartbeat {
	readonly #driver: Driver;
	readonly #halfMs: number;
	readonly #isWell: () => boolean;
	#timer: NodeJS.Timeout | undefined;
	#on = false;

	/** @param isWell asked before every beat; while not, it stays off */
	constructor(driver: Driver, halfMs: number, isWell: () => boolean) {
		this.#driver = driver;
		this.#halfMs = halfMs;
		this.#isWell = isWell;
	}

	start(): void {
		this.#timer = setInterval(() => this.#beat(), this.#halfMs);
	}

	stop(): void {
		clearInterval(this.#timer);
	}

	#beat(): void {
		const on = this.#isWell() && !this.#on;
		if (on === this.#on) return;
		this.#on = on;
		// Its fault is told by the wire; the next beat tries again.
		this.#driver.beat(on).catch(() => {});
	}
}
