/** What must be remembered of golden runs over restarts: the last results, and whether every part is held. */
import { z } from 'zod';
import type { Change } from '../commands.ts';
import type { Store } from '../store/store.ts';
import type { GoldenRun } from './golden-run.ts';

/** Runs that are kept. */
const KEPT = 20;
const RUNS = 'golden-runs';
/** Recipes whose golden parts failed, when there are several of them: a person alone lets go then. */
const SEVERAL = 'several';
const HOLD = 'golden-hold';

const holdSchema = z.strictObject({
	since: z.string(),
	why: z.string(),
	mode: z.enum(['injected', 'presented']),
	cameras: z.array(z.string()),
	/** Of the recipe under which it failed. */
	place: z.string().default(''),
});

/** Every part is held, because this failed. */
export type Hold = Readonly<z.infer<typeof holdSchema>>;

interface KeptRun {
	readonly run: GoldenRun;
	/** Every golden part was in it. */
	readonly complete: boolean;
	/** Parts that the station had recorded by then. */
	readonly recorded: number;
}

export class GoldenLedger {
	readonly #store: Pick<Store, 'setting' | 'change' | 'remember' | 'inspections'>;
	readonly #place: string;
	#kept: readonly KeptRun[];
	#hold: Hold | undefined;

	/** @param place names the recipe in the store: it has runs of its own, while a hold is one of the whole line */
	constructor(store: Pick<Store, 'setting' | 'change' | 'remember' | 'inspections'>, place: string) {
		this.#store = store;
		this.#place = place;
		this.#kept = (store.setting(`${RUNS}${place}`) as readonly KeptRun[] | undefined) ?? [];
		this.#hold = holdSchema.safeParse(store.setting(HOLD)).data;
	}

	get hold(): Hold | undefined {
		return this.#hold;
	}

	/** The last run, whatever its result. */
	get last(): GoldenRun | undefined {
		return this.#kept[0]?.run;
	}

	/** When the last run ended, and how many parts were recorded since. */
	get since(): { readonly at: number; readonly parts: number } | undefined {
		const [last] = this.#kept;
		return last && { at: Date.parse(last.run.end), parts: this.#store.inspections.lastNumber() - last.recorded };
	}

	/** The last failure that no later run has refuted; one of presented parts is refuted by presented parts alone. */
	get standing(): GoldenRun | undefined {
		return this.#standing()?.run;
	}

	/** @param complete every golden part was in it: a run of fewer refutes nothing */
	async add(run: GoldenRun, complete: boolean): Promise<void> {
		this.#kept = [{ run, complete, recorded: this.#store.inspections.lastNumber() }, ...this.#kept];
		const standing = this.#standing();
		this.#kept = this.#kept.filter((kept, i) => i < KEPT || kept === standing);
		await this.#store.remember(`${RUNS}${this.#place}`, this.#kept);
	}

	/** Whether this run, which passed, ends the hold that stands. */
	isReleasedBy(run: GoldenRun): boolean {
		return this.#hold?.place === this.#place && releases(this.#hold, run);
	}

	/** Holds, or with undefined lets go; in the audit log either way. */
	async setHold(cause: Omit<Hold, 'place'> | undefined, by: Change): Promise<void> {
		const other = this.#hold !== undefined && this.#hold.place !== this.#place;
		const hold = cause && { ...cause, place: other ? SEVERAL : this.#place };
		await this.#store.change(HOLD, hold, { ...by, what: HOLD, old: this.#hold, new: hold });
		this.#hold = hold;
	}

	#standing(): KeptRun | undefined {
		return this.#kept.find(({ run }, i) => {
			const failure = { mode: run.mode, cameras: run.cameras.map(({ camera }) => camera) };
			const refuted = (later: KeptRun) => later.run.passed && later.complete && releases(failure, later.run);
			return !run.passed && !this.#kept.slice(0, i).some(refuted);
		});
	}
}

/** A run tells of a hold only what it saw itself: injected images say nothing of a camera that failed. */
function releases(
	hold: Pick<Hold, 'mode' | 'cameras'>,
	{ mode, cameras }: Pick<GoldenRun, 'mode' | 'cameras'>,
): boolean {
	const sees = mode === 'presented' || hold.mode === 'injected';
	return sees && hold.cameras.every((held) => cameras.some(({ camera }) => camera === held));
}
