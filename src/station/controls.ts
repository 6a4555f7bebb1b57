/** What people change at a station: durable and audited first, then in force everywhere. */
import type { EventEmitter } from 'node:events';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import type { Change, Commandable } from './commands.ts';
import type { DriftReset, DriftWatch } from './drift/drift-watch.ts';
import type { Feedback } from './feedback/feedback.ts';
import type { LabelArguments } from './feedback/read-label.ts';
import type { GoldenWatch } from './golden/golden-watch.ts';
import type { Inspectors } from './inspector/inspectors.ts';
import type { Recipe } from './recipe.ts';
import type { Settings } from './settings.ts';
import type { Label, StationEvents } from './station-view.ts';
import type { Statistics } from './statistics.ts';

export interface Controlled {
	readonly recipe: Recipe;
	readonly settings: Settings;
	readonly feedback: Feedback;
	readonly inspectors: Inspectors;
	readonly drift: DriftWatch;
	readonly golden: GoldenWatch;
	readonly statistics: Statistics;
	/** Told of labels. */
	readonly events: EventEmitter<StationEvents>;
	/** The state is another one now. */
	changed(): void;
}

export class Controls implements Commandable {
	readonly settings: Settings;
	readonly golden: GoldenWatch;
	readonly precision: string;
	readonly scores: Commandable['scores'];
	readonly #rooms: Controlled;

	constructor(rooms: Controlled) {
		this.#rooms = rooms;
		this.settings = rooms.settings;
		this.golden = rooms.golden;
		this.precision = rooms.recipe.model.precision;
		this.scores = rooms.recipe.scores;
	}

	async setOperatingPoint(operatingPoint: OperatingPoint, by: Change): Promise<void> {
		const { feedback, inspectors, changed } = this.#rooms;
		await this.settings.setOperatingPoint(operatingPoint, by);
		await feedback.begin(operatingPoint);
		await inspectors.setOperatingPoint(operatingPoint);
		changed();
	}

	async setPaused(paused: boolean, by: Change): Promise<void> {
		const { inspectors, changed } = this.#rooms;
		await this.settings.setPaused(paused, by);
		await inspectors.setPaused(paused);
		changed();
	}

	resetDrift(reset: DriftReset, by: Change): Promise<void> {
		return this.#rooms.drift.reset(reset, by);
	}

	async label(args: LabelArguments, by: Change): Promise<Label> {
		const { feedback, statistics, events } = this.#rooms;
		const { label, iou } = await feedback.label(args, by);
		if (iou !== undefined) statistics.addMeasuredIou('labelled', iou);
		events.emit('label', label);
		return label;
	}
}
