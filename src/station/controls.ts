/** What people change at a station: durable and audited first, then in force everywhere. */
import type { EventEmitter } from 'node:events';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import type { Change, Commandable } from './commands.ts';
import type { StationConfig } from './config.ts';
import type { DriftReset } from './drift/drift-watch.ts';
import type { Feedback } from './feedback/feedback.ts';
import type { LabelArguments } from './feedback/read-label.ts';
import type { GoldenWatch } from './golden/golden-watch.ts';
import type { Inspection, RecipeReference } from './inspection.ts';
import type { Inspectors } from './inspector/inspectors.ts';
import type { PartRequest, PartRequests } from './part-requests.ts';
import type { Lineup } from './recipes/lineup.ts';
import { RecipeControls } from './recipes/recipe-controls.ts';
import type { Settings } from './settings.ts';
import { rulesOf } from './setups.ts';
import type { Label, StationEvents } from './station-view.ts';
import type { Statistics } from './statistics.ts';

export interface Controlled {
	readonly config: StationConfig;
	readonly lineup: Lineup;
	readonly settings: Settings;
	readonly feedback: Feedback;
	readonly inspectors: Inspectors;
	readonly requests: PartRequests;
	readonly statistics: Statistics;
	/** Told of labels. */
	readonly events: EventEmitter<StationEvents>;
	/** The state is another one now. */
	changed(): void;
}

export class Controls implements Commandable {
	readonly recipes: RecipeControls;
	readonly #rooms: Controlled;

	constructor(rooms: Controlled) {
		this.#rooms = rooms;
		this.recipes = new RecipeControls(rooms.lineup, rooms.config);
	}

	get recipe(): RecipeReference {
		return this.#rooms.lineup.current.recipe.reference;
	}

	get settings(): Commandable['settings'] {
		const { lineup, settings } = this.#rooms;
		return { operatingPoint: lineup.current.operatingPoint, paused: settings.paused };
	}

	get golden(): GoldenWatch {
		return this.#rooms.lineup.current.golden;
	}

	get precision(): string {
		return this.#rooms.lineup.current.recipe.model.precision;
	}

	get scores(): Commandable['scores'] {
		return this.#rooms.lineup.current.recipe.scores;
	}

	async setOperatingPoint(operatingPoint: OperatingPoint, by: Change): Promise<void> {
		const { config, lineup, feedback, inspectors, changed } = this.#rooms;
		await lineup.current.setOperatingPoint(operatingPoint, by);
		await feedback.begin({ operatingPoint, ...rulesOf(config, lineup.current.recipe) });
		await inspectors.setOperatingPoint(operatingPoint);
		changed();
	}

	async setPaused(paused: boolean, by: Change): Promise<void> {
		const { settings, inspectors, changed } = this.#rooms;
		await settings.setPaused(paused, by);
		await inspectors.setPaused(paused);
		changed();
	}

	resetDrift(reset: DriftReset, by: Change): Promise<void> {
		return this.#rooms.lineup.current.drift.reset(reset, by);
	}

	ask(request: PartRequest): Promise<Inspection> {
		return this.#rooms.requests.ask(request);
	}

	async label(args: LabelArguments, by: Change): Promise<Label> {
		const { feedback, statistics, events } = this.#rooms;
		const { label, iou } = await feedback.label(args, by);
		if (iou !== undefined) statistics.addMeasuredIou('labelled', iou);
		events.emit('label', label);
		return label;
	}
}
