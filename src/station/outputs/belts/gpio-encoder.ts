/** An encoder on a GPIO line: every edge is a count, at the time of the kernel. It cannot tell backwards from forwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../../base/clock.ts';
import { AndonError } from '../../../base/errors.ts';
import type { EDGES, Edge, GpioLine } from '../../gpio/gpio-line.ts';
import { type EdgeWatch, watchEdges } from '../../gpio/watch-edges.ts';
import type { EncoderEvents, EncoderSource } from './encoder-belt.ts';

export interface GpioEncoderOptions extends GpioLine {
	readonly edge: (typeof EDGES)[number] & Edge;
}

const AGAIN_MS = 2000;

export class GpioEncoder implements EncoderSource {
	readonly #options: GpioEncoderOptions;
	#watch: EdgeWatch | undefined;
	#stopped = false;
	#lost = false;

	constructor(options: GpioEncoderOptions) {
		this.#options = options;
	}

	async start(events: EncoderEvents): Promise<void> {
		const { chip, line, edge, activeLow, bias } = this.#options;
		let last = 0;
		const onEdge = (at: number, sequence: number) => {
			// A gap in the numbers: the kernel saw edges that it had no room to keep.
			events.moved(at, Math.max(1, sequence - last));
			last = sequence;
		};
		const onLost = (error: AndonError) => {
			this.#fail(error, events);
			void this.#again(events);
		};
		try {
			this.#watch = await watchEdges(chip, line, edge, onEdge, { activeLow, bias, onLost });
			if (this.#stopped) this.#watch.close();
			else if (this.#lost) events.back(monotonicMs());
			this.#lost = false;
		} catch (error) {
			if (!(error instanceof AndonError)) throw error;
			this.#fail(error, events);
			void this.#again(events);
		}
	}

	async stop(): Promise<void> {
		this.#stopped = true;
		this.#watch?.close();
	}

	#fail(error: AndonError, events: EncoderEvents): void {
		this.#lost = true;
		events.lost(error);
	}

	async #again(events: EncoderEvents): Promise<void> {
		await sleep(AGAIN_MS, undefined, { ref: false });
		if (!this.#stopped) await this.start(events);
	}
}
