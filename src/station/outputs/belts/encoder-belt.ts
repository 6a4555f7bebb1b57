/** A belt with an encoder: its place is the count, between samples and during a loss it is estimated from the speed. */
import { monotonicMs } from '../../../base/clock.ts';
import type { AndonError } from '../../../base/errors.ts';
import type { Fault } from '../../station-view.ts';
import { atMoment } from '../precise-timer.ts';
import type { Belt, BeltState } from './belt.ts';

/** Where counts come from. */
export interface EncoderSource {
	/** Begins; goes on trying when it is lost, until stopped. */
	start(events: EncoderEvents): Promise<void>;
	stop(): Promise<void>;
}

export interface EncoderEvents {
	/** @param delta counts since the last sample, backwards negative */
	moved(at: number, delta: number): void;
	/** The count jumped by what no belt can move: it was reset, or edges were lost. */
	jumped(at: number, why: string): void;
	lost(error: AndonError): void;
	/** It counts again after a loss: how far the belt has gone meanwhile is not known. */
	back(at: number): void;
}

interface Sample {
	readonly at: number;
	readonly position: number;
}

/** So far back a trigger may lie, samples. */
const KEPT = 4096;
/** Over so many ms the speed is taken, and at most so many samples. */
const SPEED_MS = 250;
const SPEED_SAMPLES = 32;
/** Without a sample for so many of its usual intervals the belt stands. */
const STANDING = 4;

export class EncoderBelt implements Belt {
	readonly #source: EncoderSource;
	readonly #onChange: () => void;
	/** Oldest first; the newest is where it is. */
	#samples: Sample[] = [{ at: monotonicMs(), position: 0 }];
	readonly #waiting = new Set<{ readonly position: number; readonly callback: () => void }>();
	readonly #listeners: ((why: string) => void)[] = [];
	#cancel: (() => void) | undefined;
	#jumps = 0;
	#fault: Fault | undefined;

	/** @param onChange its fault has come or gone */
	constructor(source: EncoderSource, onChange: () => void) {
		this.#source = source;
		this.#onChange = onChange;
	}

	async start(): Promise<void> {
		await this.#source.start({
			moved: (at, delta) => this.#move(at, delta),
			jumped: (at, why) => this.#jump(at, why),
			lost: (error) => this.#lose(error),
			back: (at) => this.#comeBack(at),
		});
	}

	async stop(): Promise<void> {
		this.#cancel?.();
		this.#waiting.clear();
		await this.#source.stop();
	}

	positionAt(at: number): number {
		const last = this.#samples.at(-1)!;
		if (at >= last.at) return this.#ahead(at);
		let after = this.#samples.length - 1;
		while (after > 0 && this.#samples[after - 1].at > at) after--;
		const [before, next] = [this.#samples[after - 1], this.#samples[after]];
		if (!before) return next.position;
		return before.position + ((next.position - before.position) * (at - before.at)) / (next.at - before.at || 1);
	}

	reach(position: number, callback: () => void): () => void {
		const waiter = { position, callback };
		this.#waiting.add(waiter);
		this.#look();
		return () => this.#waiting.delete(waiter);
	}

	onLostPlace(callback: (why: string) => void): void {
		this.#listeners.push(callback);
	}

	state(): BeltState {
		return {
			position: Math.round(this.positionAt(monotonicMs())),
			perSecond: Math.round(this.#speed() * 10_000) / 10,
			jumps: this.#jumps,
			...(this.#fault ? { fault: this.#fault } : {}),
		};
	}

	#move(at: number, delta: number): void {
		this.#add(at, this.#samples.at(-1)!.position + delta);
	}

	#jump(at: number, why: string): void {
		this.#jumps++;
		this.#add(at, this.#ahead(at));
		this.#losePlace(why);
	}

	#lose({ code, message }: AndonError): void {
		if (this.#fault) return;
		this.#fault = { code, message, since: new Date().toISOString() };
		this.#losePlace('the encoder was lost');
		this.#onChange();
	}

	#comeBack(at: number): void {
		this.#add(at, this.#ahead(at));
		if (!this.#fault) return;
		this.#fault = undefined;
		this.#losePlace('the encoder was lost');
		this.#onChange();
	}

	#losePlace(why: string): void {
		for (const listener of this.#listeners) listener(why);
		this.#look();
	}

	#add(at: number, position: number): void {
		this.#samples.push({ at, position });
		if (this.#samples.length > 2 * KEPT) this.#samples = this.#samples.slice(-KEPT);
		this.#look();
	}

	/** Where it probably is now: no further than one count or sample from the last one, or as far as it likes while its encoder is lost. */
	#ahead(at: number): number {
		const last = this.#samples.at(-1)!;
		const elapsed = this.#fault ? at - last.at : Math.min(at - last.at, this.#interval());
		return last.position + this.#speed() * elapsed;
	}

	/** Counts per ms, of late. */
	#speed(): number {
		const last = this.#samples.at(-1)!;
		const first = this.#recent();
		const standing = !this.#fault && monotonicMs() - last.at > STANDING * this.#interval();
		return standing || last.at === first.at ? 0 : (last.position - first.position) / (last.at - first.at);
	}

	/** The usual time between samples, ms. */
	#interval(): number {
		const recent = this.#recentSamples();
		return recent.length < 2 ? 0 : (recent.at(-1)!.at - recent[0].at) / (recent.length - 1);
	}

	#recent(): Sample {
		return this.#recentSamples()[0];
	}

	#recentSamples(): readonly Sample[] {
		const since = this.#samples.at(-1)!.at - SPEED_MS;
		const recent = this.#samples.slice(-SPEED_SAMPLES);
		const within = recent.filter((sample) => sample.at >= since);
		// Slow counts: two are enough.
		return within.length > 1 ? within : recent.slice(-2);
	}

	/** Calls those whose place was reached; sets a timer for the next one where it lies before the next sample. */
	#look(): void {
		this.#cancel?.();
		this.#cancel = undefined;
		const position = this.positionAt(monotonicMs());
		for (const waiter of [...this.#waiting]) {
			if (waiter.position > position || !this.#waiting.delete(waiter)) continue;
			waiter.callback();
		}
		this.#foresee();
	}

	#foresee(): void {
		const speed = this.#speed();
		if (this.#waiting.size === 0 || speed <= 0) return;
		const last = this.#samples.at(-1)!;
		const next = Math.min(...[...this.#waiting].map((waiter) => waiter.position));
		const after = (next - last.position) / speed;
		if (!this.#fault && after > this.#interval()) return;
		this.#cancel?.();
		this.#cancel = atMoment(Math.max(last.at + after, monotonicMs() + 0.05), () => this.#look());
	}
}
