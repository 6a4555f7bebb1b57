/** What people say about parts, taken in beside the records, and what it proves about the threshold that runs. */
import type { Change } from '../commands.ts';
import type { Label } from '../station-view.ts';
import type { DrawnCounts } from '../store/sample-table.ts';
import type { Store } from '../store/store.ts';
import { auditEpoch, type FeedbackAudit } from './audit.ts';
import { type Epoch, enterEpoch, type RulesInForce } from './epoch.ts';
import { type LabelArguments, readLabel } from './read-label.ts';

/** Confidence of the audit that a station shows. */
export const AUDIT_CONFIDENCE = 0.95;

export class Feedback {
	readonly #store: Store;
	#epoch: Epoch | undefined;
	#drawn: DrawnCounts = { passed: 0, flagged: 0 };
	/** Of the labels as they are now; labels come at the pace of people, parts at that of the line. */
	#labelled: ReturnType<Store['labels']['labelled']> = [];

	constructor(store: Store) {
		this.#store = store;
	}

	/** These rules decide from the next part on. */
	async begin(rules: RulesInForce): Promise<void> {
		this.#epoch = await enterEpoch(this.#store, rules);
		this.#drawn = this.#store.samples.drawn(this.#epoch.after);
		this.#labelled = this.#store.labels.labelled(this.#epoch.after);
	}

	/** Resolves once the label is durable. @throws COMMAND_INVALID, IMAGE_UNREADABLE, IMAGE_TOO_LARGE */
	async label(args: LabelArguments, by: Change): Promise<Label> {
		const label = await this.#store.label(await readLabel(this.#store, args, by));
		this.#labelled = this.#store.labels.labelled(this.#epoch?.after ?? 0);
		return label;
	}

	/** Since the rules in force decide. */
	audit(): FeedbackAudit | undefined {
		return this.#epoch && auditEpoch(this.#epoch, this.#labelled, this.#drawn, AUDIT_CONFIDENCE);
	}
}
