/** One camera's parts against their reference, or on the way to one. */
import { type DriftReference, driftReferenceOf } from '../../metrics/drift/drift-reference.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';
import { type Alarm, InputWatch, type InputWatchState } from '../../metrics/drift/input-watch.ts';
import { describeAlarm } from './describe-alarm.ts';
import type { DriftConfig } from './drift-config.ts';
import type { CameraDriftState, DriftAlarm, PartReference } from './drift-state.ts';

/** What is kept over restarts; plain JSON. */
export interface CameraDriftKept {
	readonly parts: number;
	readonly watch?: InputWatchState<PartReference>;
	/** Of the station, when it is not the bundle's. */
	readonly learned?: DriftReference;
	/** A reference is being learned; the parts seen so far are not kept. */
	readonly learns?: boolean;
	/** The reference was learned although there was calibration to compare with; ISO 8601. */
	readonly acceptedAt?: string;
}

export interface DriftTurn {
	readonly began: readonly DriftAlarm[];
	readonly ended: readonly DriftAlarm[];
	/** A reference was learned with this part. */
	readonly learned: boolean;
}

/** Chance alone stays below this. */
const CORRELATED = 0.2;

const NOTHING: DriftTurn = { began: [], ended: [], learned: false };

export class CameraDrift {
	readonly #id: string;
	readonly #config: DriftConfig;
	readonly #bundled: DriftReference | undefined;
	readonly #chance: () => number;
	#learned: DriftReference | undefined;
	#acceptedAt: string | undefined;
	#watch: InputWatch<PartReference> | undefined;
	#lesson: InputStatistics[] | undefined;
	#parts: number;
	/** Parts since the last that was tested. */
	#skipped: number;

	/** @param bundled the bundle's reference, if it has one */
	constructor(
		id: string,
		config: DriftConfig,
		bundled: DriftReference | undefined,
		chance: () => number,
		kept: CameraDriftKept = { parts: 0 },
	) {
		this.#id = id;
		this.#config = config;
		this.#bundled = bundled;
		this.#chance = chance;
		this.#learned = kept.learned;
		this.#acceptedAt = kept.acceptedAt;
		this.#parts = kept.parts;
		this.#skipped = config.everyParts - 1;
		const reference = kept.learned ?? bundled;
		if (kept.learns || !reference) this.#lesson = [];
		else this.#watch = this.#watchOver(reference, kept.watch);
	}

	/** Since when a reference of the station stands in for calibration. */
	get acceptedAt(): string | undefined {
		return this.#acceptedAt;
	}

	take(statistics: InputStatistics, part: PartReference): DriftTurn {
		if (++this.#skipped < this.#config.everyParts) return NOTHING;
		this.#skipped = 0;
		if (this.#lesson) return this.#learn(statistics);
		this.#parts++;
		const { began, ended } = this.#watch!.add(statistics, part);
		if (began.length + ended.length === 0) return NOTHING;
		return { began: began.map(this.#tell), ended: ended.map(this.#tell), learned: false };
	}

	/** Ends alarms and forgets evidence; what parts are compared with stays. */
	keep(): void {
		this.#watch?.reset();
		if (this.#lesson) this.#lesson = [];
	}

	/** The parts to come are what later ones are compared with. */
	learn(at: string): void {
		if (this.#bundled || this.alarms().length > 0) this.#acceptedAt ??= at;
		this.#watch = undefined;
		this.#lesson = [];
	}

	/** Back to calibration. */
	useBundled(): void {
		this.#learned = undefined;
		this.#acceptedAt = undefined;
		this.#lesson = undefined;
		this.#parts = 0;
		this.#watch = this.#watchOver(this.#bundled!);
	}

	alarms(): readonly DriftAlarm[] {
		return this.#watch?.alarms().map(this.#tell) ?? [];
	}

	state(): CameraDriftState {
		return {
			id: this.#id,
			parts: this.#parts,
			watches: this.#watch?.statistics ?? [],
			...(this.#watch ? { reference: this.#learned ? 'station' : 'bundle' } : {}),
			...(this.#lesson ? { learning: { parts: this.#lesson.length, of: this.#config.learnParts } } : {}),
			...this.#correlated(),
			alarms: this.alarms(),
		};
	}

	kept(): CameraDriftKept {
		return {
			parts: this.#parts,
			...(this.#watch ? { watch: this.#watch.state() } : {}),
			...(this.#learned ? { learned: this.#learned } : {}),
			...(this.#lesson ? { learns: true } : {}),
			...(this.#acceptedAt ? { acceptedAt: this.#acceptedAt } : {}),
		};
	}

	#correlated(): Pick<CameraDriftState, 'correlated'> {
		const most = this.#watch?.mostCorrelated();
		if (!most || most.correlation < CORRELATED) return {};
		// As if it fell by the same factor from part to part: until it is below a twentieth.
		const apart = Math.ceil(Math.log(0.05) / Math.log(Math.min(most.correlation, 0.999)));
		return { correlated: { ...most, everyParts: apart * this.#config.everyParts } };
	}

	/** Every other part says how to measure, the rest how such measures come out. */
	#learn(statistics: InputStatistics): DriftTurn {
		const lesson = this.#lesson!;
		if (lesson.push(statistics) < this.#config.learnParts) return NOTHING;
		const half = (which: number) => lesson.filter((_, i) => i % 2 === which);
		this.#learned = driftReferenceOf(
			half(0),
			half(1).map((part) => ({ ...part, defective: false })),
		);
		this.#lesson = undefined;
		this.#parts = 0;
		this.#watch = this.#watchOver(this.#learned);
		return { ...NOTHING, learned: true };
	}

	#watchOver(reference: DriftReference, state?: InputWatchState<PartReference>): InputWatch<PartReference> {
		const { falseAlarmParts, defectiveShare } = this.#config;
		// Parts of the station come in its own mix.
		const share = reference === this.#learned ? 0 : defectiveShare;
		return new InputWatch({ reference, falseAlarmParts, defectiveShare: share }, this.#chance, state);
	}

	#tell = (alarm: Alarm<PartReference>): DriftAlarm => {
		const { statistic, kind, before, now, since, at } = alarm;
		const message = describeAlarm(alarm, this.#id, this.#learned ? 'when this station learned' : 'in calibration');
		return { statistic, change: kind, before, now, since, raised: at, message };
	};
}
