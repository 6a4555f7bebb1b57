/** A part is an edge on a GPIO line: a light barrier, a proximity switch, an output of the PLC. */
import { z } from 'zod';
import { monotonicMs } from '../../../../base/clock.ts';
import { AndonError, messageOf } from '../../../../base/errors.ts';
import { EDGES, gpioLineKeys, nameOfLine } from '../../../gpio/gpio-line.ts';
import { type EdgeWatch, watchEdges } from '../../../gpio/watch-edges.ts';
import { AwaitingTrigger } from './awaiting-trigger.ts';
import type { TriggerLine } from './trigger.ts';
import { timeoutMs } from './trigger-options.ts';

export const gpioTriggerOptions = z.strictObject({
	on: z.literal('gpio'),
	...gpioLineKeys,
	edge: z.enum(EDGES).default('rising').meta({ description: 'Of the logical level' }),
	debounceMs: z.number().min(0).max(10_000).default(5).meta({ description: 'Edges so soon after one are bounces' }),
	timeoutMs,
});

export type GpioTriggerOptions = z.infer<typeof gpioTriggerOptions>;

/** How soon a line that cannot be watched is tried again, ms. */
const AGAIN_MS = 1000;

export class GpioTrigger extends AwaitingTrigger {
	readonly #options: GpioTriggerOptions;
	readonly #watchEdges: typeof watchEdges;
	#watch: EdgeWatch | undefined;
	#timer: NodeJS.Timeout | undefined;
	#stopped = false;

	/** @param watch how edges are watched, for tests without a GPIO line */
	constructor(options: GpioTriggerOptions, line: TriggerLine, watch = watchEdges) {
		super(line, options.timeoutMs);
		this.#options = options;
		this.#watchEdges = watch;
	}

	start(): void {
		this.#stopped = false;
		void this.#open();
	}

	override stop(): void {
		this.#stopped = true;
		clearTimeout(this.#timer);
		this.#watch?.close();
		this.#watch = undefined;
		super.stop();
	}

	async #open(): Promise<void> {
		const { chip, line, edge, activeLow, bias, debounceMs } = this.#options;
		const options = { activeLow, bias, debounceMs, onLost: (error: AndonError) => this.#failed(error) };
		try {
			this.#watch = await this.#watchEdges(chip, line, edge, (at) => this.#edge(at), options);
			if (this.#stopped) this.stop();
			else this.line.report('sensor', undefined);
		} catch (error) {
			this.#failed(error);
		}
	}

	/** Parts pass unseen until it works again: that is told, and it is tried without end. */
	#failed(cause: unknown): void {
		this.#watch = undefined;
		if (this.#stopped) return;
		this.line.report('sensor', cause instanceof AndonError ? cause : unwatched(this.#options, cause));
		this.#timer = setTimeout(() => void this.#open(), AGAIN_MS);
	}

	#edge(at: number): void {
		const ago = monotonicMs() - at;
		this.awaited.add({ at: new Date(Date.now() - ago).toISOString(), monotonicMs: at });
	}
}

function unwatched(options: GpioTriggerOptions, cause: unknown): AndonError {
	const facts = { expected: `to watch ${nameOfLine(options)}`, found: messageOf(cause), fix: 'See the log.' };
	return new AndonError('GPIO_UNAVAILABLE', facts, { cause });
}
