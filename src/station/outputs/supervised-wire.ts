/** A wire that is opened again without end when it is lost, and then has the level that it should have by now. */
import { AndonError, messageOf } from '../../base/errors.ts';
import type { OpenWire, Wire } from './output.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

export class SupervisedWire {
	readonly #wire: Wire;
	readonly #report: (fault: AndonError | undefined) => void;
	#open: OpenWire | undefined;
	#on: boolean;
	#fault: AndonError | undefined;
	#failures = 0;
	#timer: NodeJS.Timeout | undefined;
	#stopped = false;

	/** @param initial its level from the start on @param report told why it cannot be driven, and undefined once it can */
	constructor(wire: Wire, initial: boolean, report: (fault: AndonError | undefined) => void) {
		this.#wire = wire;
		this.#on = initial;
		this.#report = report;
	}

	/** Resolves after the first attempt, whatever comes of it. */
	async start(): Promise<void> {
		const on = this.#on;
		try {
			const open = await this.#wire.open(on, (error) => this.#lose(open, error));
			if (this.#stopped) return open.close();
			this.#open = open;
			this.#failures = 0;
			this.#say(undefined);
			if (this.#on !== on) await this.set(this.#on).catch(() => {});
		} catch (error) {
			this.#say(errorOf(error));
			this.#again();
		}
	}

	/** Resolves when the device has the level. @throws OUTPUT_UNAVAILABLE, GPIO_UNAVAILABLE, LIBRARY_MISSING */
	async set(on: boolean): Promise<void> {
		this.#on = on;
		const open = this.#open;
		if (!open) throw this.#fault ?? unopened(this.#wire.name);
		try {
			await open.set(on);
		} catch (error) {
			this.#lose(open, errorOf(error));
			throw error;
		}
	}

	/** Leaves it at a level, as far as it can still be driven, and gives it back. */
	async stop(on: boolean): Promise<void> {
		clearTimeout(this.#timer);
		if (this.#open) await this.set(on).catch(() => {});
		this.#stopped = true;
		this.#open?.close();
		this.#open = undefined;
	}

	#lose(open: OpenWire, error: AndonError): void {
		if (open !== this.#open) return;
		this.#open = undefined;
		open.close();
		this.#say(error);
		this.#again();
	}

	#again(): void {
		if (this.#stopped) return;
		clearTimeout(this.#timer);
		const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS);
		this.#timer = setTimeout(() => void this.start(), pause);
	}

	#say(fault: AndonError | undefined): void {
		if (fault?.message === this.#fault?.message) return;
		this.#fault = fault;
		this.#report(fault);
	}
}

function errorOf(error: unknown): AndonError {
	if (error instanceof AndonError) return error;
	const facts = { expected: 'an output that can be driven', found: messageOf(error), fix: 'See the log.' };
	return new AndonError('OUTPUT_UNAVAILABLE', facts, { cause: error });
}

function unopened(name: string): AndonError {
	const fix = 'It is tried again by itself; check its power and wiring.';
	return new AndonError('OUTPUT_UNAVAILABLE', { expected: `${name} to be open`, found: 'it is not', fix });
}
