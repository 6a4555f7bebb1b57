/** The way of a part through the station: triggered, decided, driven out, made durable, told. */
import type { EventEmitter } from 'node:events';
import type { Logger } from '../base/log.ts';
import type { Announcer } from './announcer.ts';
import type { Faults } from './faults.ts';
import type { Feedback } from './feedback/feedback.ts';
import type { Handshakes } from './handshakes.ts';
import type { Inspection } from './inspection.ts';
import { messagesOf, type RecordContext, recordOf } from './inspection-record.ts';
import type { InspectorEvents } from './inspector/inspector.ts';
import type { Inspectors } from './inspector/inspectors.ts';
import type { AcquiredShot, Result } from './inspector/messages.ts';
import { LastParts } from './last-parts.ts';
import type { StationMetrics } from './metrics/station-metrics.ts';
import type { Outputs } from './outputs/outputs.ts';
import type { PartRequests } from './part-requests.ts';
import type { Lineup } from './recipes/lineup.ts';
import type { RunningRecipe } from './recipes/running-recipe.ts';
import type { StationEvents } from './station-view.ts';
import type { Statistics } from './statistics.ts';
import type { Store } from './store/store.ts';
import type { Tally } from './tally.ts';

/** The rooms that a part passes. */
export interface LineRooms {
	readonly lineup: Lineup;
	readonly inspectors: Inspectors;
	readonly outputs: Outputs;
	readonly handshakes: Handshakes;
	readonly requests: PartRequests;
	readonly store: Store;
	readonly feedback: Feedback;
	readonly statistics: Statistics;
	readonly tally: Tally;
	readonly metrics: StationMetrics;
	readonly announcer: Announcer;
	readonly faults: Faults;
	readonly events: EventEmitter<StationEvents>;
	readonly log: Logger;
	/** What the record of a part names beside the part. */
	contextOf(recipe: RunningRecipe, camera: string): RecordContext;
	/** The state is another one now. */
	changed(): void;
}

export class Line {
	readonly #rooms: LineRooms;
	readonly #lastParts = new LastParts();

	constructor(rooms: LineRooms) {
		this.#rooms = rooms;
	}

	/** What is done with what the inspector of a camera says. */
	eventsOf(camera: string): InspectorEvents {
		const { lineup, outputs, handshakes, feedback, events, changed } = this.#rooms;
		return {
			acquired: (shot) => {
				lineup.acquired(shot.recipe);
				outputs.acquired(camera, shot);
				handshakes.acquired(camera, shot);
			},
			part: (shot, outcome) => void this.#decided(camera, shot, outcome),
			statistics: (sequence, statistics) => {
				const { part, drift } = this.#lastParts.find(camera, sequence) ?? {};
				if (part) drift?.take(camera, statistics, { partId: part.partId, sequence, at: part.times.end });
			},
			shadow: (sequence, compared) => {
				const { part } = this.#lastParts.find(camera, sequence) ?? {};
				if (part) lineup.shadow?.take(part, compared);
			},
			preview: (sequence, jpeg) => {
				const { part: inspection } = this.#lastParts.find(camera, sequence) ?? {};
				if (inspection) events.emit('preview', { camera, jpeg, inspection });
			},
			golden: (message) => lineup.current.golden.heard(camera, message),
			lost: (error) => lineup.current.golden.lost(camera, error),
			frame: (report) => feedback.frame(camera, report),
			change: changed,
		};
	}

	/** Drive what is due, make it durable, then tell everybody. */
	async #decided(camera: string, shot: AcquiredShot, outcome: Result | { readonly lost: string }): Promise<void> {
		const { lineup, outputs, feedback, metrics, contextOf } = this.#rooms;
		const recipe = lineup.decided(shot.recipe);
		const found = recipe.golden.treat(recordOf(contextOf(recipe, camera), shot, outcome));
		const inspection = outputs.decided(found, shot);
		this.#lastParts.add(inspection, recipe.drift);
		const drawn = feedback.draw(inspection);
		const handedOverAt = performance.now();
		if (!(await this.#record(inspection, shot, drawn))) return;
		if (!recipe.golden.decided(inspection)) return;
		metrics.part(inspection, performance.now() - handedOverAt);
		feedback.recorded(inspection, drawn);
		this.#rooms.tally.part(inspection.verdict);
		this.#rooms.statistics.add(inspection);
		this.#rooms.announcer.inspection(inspection);
	}

	/** @returns whether it is durable; those that wait for it are told either way */
	async #record(inspection: Inspection, shot: AcquiredShot, drawn: number | undefined): Promise<boolean> {
		const { store, outputs, inspectors, requests, handshakes, faults, log } = this.#rooms;
		try {
			await store.record(inspection, shot.cursor, messagesOf(inspection), drawn);
		} catch (error) {
			log.error({ error, resultId: inspection.resultId }, 'a part could not be recorded');
			requests.failed(shot, error);
			faults.ofStore(`${inspection.resultId} could not be recorded: ${error}`);
			return false;
		}
		outputs.recorded(inspection);
		inspectors.of(inspection.camera)?.recorded(shot.sequence);
		requests.recorded(shot, inspection);
		handshakes.recorded(inspection);
		return true;
	}
}
