/** What people say about parts, taken in beside the records, and what it proves about the threshold that runs. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../base/log.ts';
import type { Change } from '../commands.ts';
import type { Inspection } from '../inspection.ts';
import type { FrameFigures, Label } from '../station-view.ts';
import type { DrawnCounts } from '../store/sample-table.ts';
import type { Store } from '../store/store.ts';
import { auditEpoch, type FeedbackAudit } from './audit.ts';
import { type Epoch, enterEpoch, type RulesInForce } from './epoch.ts';
import type { FrameReport } from './frame-keeper.ts';
import { type FeedbackConfig, type FrameRules, isDrawn, maskFile } from './frame-rules.ts';
import { FrameShelf } from './frame-shelf.ts';
import { measureIou } from './measure-iou.ts';
import { type LabelArguments, readLabel } from './read-label.ts';

/** How long a stop waits for pictures to be noted; the rest is taken in at the next start. */
const SETTLE_MS = 2000;
/** Confidence of the audit that a station shows. */
const AUDIT_CONFIDENCE = 0.95;

export interface FeedbackSetup extends FeedbackConfig {
	/** Where pictures go. */
	readonly folder: string;
	/** What result ids begin with, before the camera. */
	readonly boot: string;
}

export class Feedback {
	readonly #store: Store;
	readonly #setup: FeedbackSetup;
	readonly #log: Logger;
	readonly #shelf: FrameShelf | undefined;
	readonly #seed = randomBytes(16).toString('hex');
	#epoch: Epoch | undefined;
	#drawn: DrawnCounts = { passed: 0, flagged: 0 };
	/** Of the labels as they are now; labels come at the pace of people, parts at that of the line. */
	#labelled: ReturnType<Store['labels']['labelled']> = [];

	constructor(store: Store, setup: FeedbackSetup, log: Logger) {
		this.#store = store;
		this.#setup = setup;
		this.#log = log;
		this.#shelf = setup.keep === 'none' ? undefined : new FrameShelf(store, setup, log);
	}

	/** @throws what keeps the folder of the pictures from being used */
	async start(): Promise<void> {
		await this.#shelf?.open();
	}

	/** Waits for pictures to be noted, but not for a disk that refuses. */
	async stop(): Promise<void> {
		await Promise.race([this.#shelf?.settled(), sleep(SETTLE_MS, undefined, { ref: false })]);
	}

	/** Which pictures a camera's inspector keeps. */
	rulesOf(camera: string): FrameRules {
		const { keep, sampleOneIn, frame, folder, boot } = this.#setup;
		return { keep, oneIn: sampleOneIn, frame, folder, prefix: `${boot}-${camera}-`, seed: this.#seed };
	}

	/** How likely a part was to be drawn, if it is; to be recorded with it. Golden parts are chosen, not drawn. */
	draw({ camera, sequence, golden }: Inspection): number | undefined {
		if (golden) return undefined;
		return isDrawn(this.rulesOf(camera), sequence) ? 1 / this.#setup.sampleOneIn : undefined;
	}

	/** A part is recorded. */
	recorded({ verdict }: Inspection, probability: number | undefined): void {
		if (probability === undefined || verdict === 'not-inspected') return;
		const { passed, flagged } = this.#drawn;
		const least = Math.min(probability, this.#drawn.probability ?? 1);
		const isPassed = verdict === 'ok' ? 1 : 0;
		this.#drawn = { passed: passed + isPassed, flagged: flagged + 1 - isPassed, probability: least };
	}

	/** What became of a picture. */
	frame(camera: string, { sequence, bytes, lost }: FrameReport): void {
		const resultId = `${this.rulesOf(camera).prefix}${sequence}`;
		if (bytes === undefined) this.#shelf?.lose(lost ?? 'the inspector did not say why');
		else this.#shelf?.add({ resultId, bytes });
	}

	/** These rules decide from the next part on: the audit counts from here, unless all that decides is as it was. */
	async begin(rules: RulesInForce): Promise<void> {
		this.#epoch = await enterEpoch(this.#store, rules);
		this.#drawn = this.#store.samples.drawn(this.#epoch.after);
		this.#labelled = this.#store.labels.labelled(this.#epoch.after);
	}

	/**
	 * Resolves once the label is durable.
	 *
	 * @returns with the IoU of the model's mask and the first one that is drawn of the part, where both are known
	 * @throws COMMAND_INVALID, IMAGE_UNREADABLE, IMAGE_TOO_LARGE
	 */
	async label(args: LabelArguments, by: Change): Promise<{ readonly label: Label; readonly iou?: number }> {
		const draft = await readLabel(this.#store, args, by);
		const isFirstMask = !this.#store.labels.history(draft.resultId).some(({ hasMask }) => hasMask);
		const label = await this.#store.label(draft);
		this.#labelled = this.#store.labels.labelled(this.#epoch?.after ?? 0);
		const iou = draft.mask && isFirstMask ? await this.#measure(draft.resultId, draft.mask) : undefined;
		return { label, ...(iou === undefined ? {} : { iou }) };
	}

	/** A label stands whether or not this can be measured. */
	async #measure(resultId: string, mask: Uint8Array): Promise<number | undefined> {
		try {
			return await measureIou(join(this.#setup.folder, maskFile(resultId)), mask);
		} catch (error) {
			this.#log.warn({ error, resultId }, 'the IoU with a drawn mask could not be measured');
			return undefined;
		}
	}

	/** Since the rules in force decide. */
	figures(): (FeedbackAudit & { readonly frames?: FrameFigures }) | undefined {
		if (!this.#epoch) return undefined;
		const audit = auditEpoch(this.#epoch, this.#labelled, this.#drawn, AUDIT_CONFIDENCE);
		return this.#shelf ? { ...audit, frames: this.#shelf.figures() } : audit;
	}
}
