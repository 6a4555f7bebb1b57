/** A station's figures for Prometheus: stages of parts as they happen, everything else when it is asked for. */
import type { Histogram, Registry } from 'prom-client';
import { EventLoopDelay } from '../../base/event-loop-delay.ts';
import type { Inspection } from '../inspection.ts';
import type { StationState } from '../station-view.ts';
import type { Delivered } from '../store/store.ts';
import { describeStation } from './describe-station.ts';

/** In the order of a part's life. */
export const STAGES = ['wait', 'acquire', 'infer', 'decide', 'record', 'publish'] as const;

export type Stage = (typeof STAGES)[number];

/** What a scraper gets. */
export interface MetricsText {
	readonly contentType: string;
	readonly text: string;
}

/** Seconds; 5 and 25 ms are what the station promises for its own work and for a durable record. */
const STAGE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Parts whose verdict came before the library was there. */
const MOST_EARLY = 1000;

interface Opened {
	readonly registry: Registry;
	readonly stages: Histogram<'camera' | 'stage'>;
	readonly latency: Histogram<'camera'>;
}

export class StationMetrics {
	readonly #station: string;
	/** Of this process, since the last scrape. */
	readonly #delay = new EventLoopDelay();
	/** Not inspected, by camera and by the code of the reason. */
	readonly #missed = new Map<string, number>();
	readonly #verdicts = new Map<string, number>();
	#opened: Opened | undefined;
	#early: (() => void)[] = [];

	constructor(station: string) {
		this.#station = station;
	}

	/** Loads what writes figures, while the station waits for its inspectors. */
	async open(): Promise<void> {
		const { Histogram, Registry } = await import('prom-client');
		this.#delay.start();
		const registry = new Registry();
		registry.setDefaultLabels({ station: this.#station });
		this.#opened = {
			registry,
			stages: new Histogram({
				name: 'andon_part_stage_duration_seconds',
				help: 'Time that a part spent in a stage',
				labelNames: ['camera', 'stage'],
				buckets: STAGE_BUCKETS,
				registers: [registry],
			}),
			latency: new Histogram({
				name: 'andon_part_latency_seconds',
				help: 'From the trigger of a part to its verdict',
				labelNames: ['camera'],
				buckets: LATENCY_BUCKETS,
				registers: [registry],
			}),
		};
		for (const observe of this.#early) observe();
		this.#early = [];
	}

	close(): void {
		this.#delay.stop();
	}

	/** A part of the line is recorded. @param recordMs from when it was handed over until it was durable */
	part({ camera, verdict, reason, times }: Inspection, recordMs: number): void {
		count(this.#verdicts, `${camera} ${verdict}`);
		if (verdict === 'not-inspected') count(this.#missed, `${camera} ${codeOf(reason)}`);
		this.#stage(camera, 'record', recordMs);
		if (verdict === 'not-inspected') return;
		this.#stage(camera, 'wait', times.waitMs);
		this.#stage(camera, 'acquire', times.acquisitionMs);
		this.#stage(camera, 'infer', times.inferenceMs);
		this.#stage(camera, 'decide', times.decisionMs);
		this.#observe(({ latency }) => latency.observe({ camera }, times.latencyMs / 1000));
	}

	#stage(camera: string, stage: Stage, ms: number): void {
		this.#observe(({ stages }) => stages.observe({ camera, stage }, ms / 1000));
	}

	/** The broker has the inspection; nothing is known of its way when it was recorded before this start. */
	published(delivered: Delivered | undefined): void {
		if (delivered) this.#stage(delivered.camera, 'publish', delivered.ms);
	}

	/** @throws TypeError before `open` */
	async text(state: StationState, waitingRecords: number): Promise<MetricsText> {
		if (!this.#opened) throw new TypeError('the metrics are not open yet');
		const { registry } = this.#opened;
		const counts = { verdicts: this.#verdicts, missed: this.#missed, waitingRecords };
		const described = await describeStation(state, counts, this.#delay.take());
		described.setDefaultLabels({ station: this.#station });
		const text = `${await registry.metrics()}\n${await described.metrics()}`;
		return { contentType: registry.contentType, text };
	}

	#observe(observe: (opened: Opened) => void): void {
		if (this.#opened) observe(this.#opened);
		else if (this.#early.length < MOST_EARLY) this.#early.push(() => observe(this.#opened!));
	}
}

/** Reasons end in the code of their error, in brackets. */
function codeOf(reason: string | undefined): string {
	return /\[([A-Z_]+)\]$/.exec(reason ?? '')?.[1] ?? 'INTERNAL';
}

function count(counts: Map<string, number>, key: string): void {
	counts.set(key, (counts.get(key) ?? 0) + 1);
}
