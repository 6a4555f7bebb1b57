/** What a station tells without being asked: to the page as events, to the broker as messages. */
import type { EventEmitter } from 'node:events';
import type { Logger } from '../base/log.ts';
import type { GoldenRun } from './golden/golden-run.ts';
import type { Inspection } from './inspection.ts';
import type { MqttPublisher } from './publish/mqtt/mqtt-publisher.ts';
import type { ShadowReport, StationEvents, StationState, StationStats } from './station-view.ts';
import type { Store } from './store/store.ts';

/** How often figures are told, ms. */
const STATS_MS = 5000;
/** State changes within this are told as one, ms. */
const STATE_MS = 200;

/** What it asks when it is time to tell. */
export interface Told {
	state(): StationState;
	stats(): StationStats;
}

export class Announcer {
	readonly #events: EventEmitter<StationEvents>;
	readonly #station: Told;
	readonly #log: Logger;
	#store!: Store;
	#publisher: MqttPublisher | undefined;
	#statsTimer: NodeJS.Timeout | undefined;
	#stateTimer: NodeJS.Timeout | undefined;

	constructor(events: EventEmitter<StationEvents>, station: Told, log: Logger) {
		this.#events = events;
		this.#station = station;
		this.#log = log;
	}

	/** From here on the broker is told as well, and alerts are possible. */
	open(publisher: MqttPublisher, store: Store): void {
		this.#publisher = publisher;
		this.#store = store;
	}

	startStats(): void {
		this.#statsTimer = setInterval(() => this.#tellStats(), STATS_MS);
	}

	stopStats(): void {
		clearInterval(this.#statsTimer);
	}

	/** Tells the last state; no later change is told. */
	async stop(): Promise<void> {
		clearTimeout(this.#stateTimer);
		await this.#publisher?.publishState(this.#station.state());
	}

	/** Tells the new state soon, several changes at once. */
	changed(): void {
		this.#stateTimer ??= setTimeout(() => {
			this.#stateTimer = undefined;
			const state = this.#station.state();
			this.#events.emit('state', state);
			void this.#publisher?.publishState(state);
		}, STATE_MS);
	}

	/** Tells of a part; its messages lie in the outbox. */
	inspection(inspection: Inspection): void {
		this.#events.emit('inspection', inspection);
		this.#publisher?.pump();
	}

	/** Tells of a golden run; its alerts lie in the outbox. */
	golden(run: GoldenRun): void {
		void this.#publisher?.publishGolden(run);
		this.#publisher?.pump();
	}

	/** Tells what a candidate would have decided. */
	shadow(report: ShadowReport): void {
		void this.#publisher?.publishShadow(report);
	}

	/** Retained, on a topic of its own. */
	publishKept(topic: string, payload: object): void {
		this.#publisher?.publishKept(topic, payload);
	}

	/** Now or never, on a topic of its own. */
	publishEvent(topic: string, payload: object): void {
		this.#publisher?.publishEvent(topic, payload);
	}

	/** Makes an alert durable, then sends it. */
	alert(payload: object): void {
		this.#store.enqueue({ topic: 'alert', payload }).then(
			() => this.#publisher?.pump(),
			(error) => this.#log.error({ error }, 'an alert could not be recorded'),
		);
	}

	/** Sends an alert now or never: the store is what is wrong. */
	alertUnrecorded(payload: object): void {
		void this.#publisher?.publishAlert(payload);
	}

	#tellStats(): void {
		const stats = this.#station.stats();
		this.#events.emit('stats', stats);
		void this.#publisher?.publishStats(stats);
		this.changed();
	}
}
