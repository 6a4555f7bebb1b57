/** Whether the parts of a station still look as they did in calibration; while they do not, what was promised then is void. */
import { AndonError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { type DriftReference, heldInMix, LEAST_PARTS } from '../../metrics/drift/drift-reference.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';
import type { AuditDraft } from '../store/audit-log.ts';
import { CameraDrift, type CameraDriftKept } from './camera-drift.ts';
import type { DriftConfig } from './drift-config.ts';
import type { DriftAlarm, DriftState, PartReference } from './drift-state.ts';

/** What to compare with after a reset: the same as before, the parts to come, or calibration again. */
export const DRIFT_REFERENCES = ['keep', 'learn', 'bundle'] as const;

export interface DriftReset {
	readonly reference: (typeof DRIFT_REFERENCES)[number];
	/** All cameras if absent. */
	readonly camera?: string;
}

/** Who changes something, as the audit log names them. */
type By = Pick<AuditDraft, 'who' | 'source' | 'reason'>;

interface DriftStore {
	setting(name: string): unknown;
	remember(name: string, value: unknown): Promise<void>;
	change(name: string, value: unknown, audit: AuditDraft): Promise<void>;
}

export interface DriftWatchSetup {
	readonly station: string;
	readonly cameras: readonly string[];
	readonly config: DriftConfig;
	/** The bundle's, for the model that runs. */
	readonly reference: DriftReference | undefined;
	/** Names bundle and model: evidence about another one counts for nothing. */
	readonly scope: string;
	/** Names the recipe in the store, where there are several: each keeps its own evidence. */
	readonly place: string;
}

interface DriftEvents {
	/** For the topic `alert`. */
	alert(payload: object): void;
	change(): void;
}

interface Kept {
	readonly scope: string;
	readonly camera: CameraDriftKept;
	/** Sentences of the alarms that stood. */
	readonly alarms: readonly string[];
}

/** A crash costs the evidence of at most so long, ms; alarms are kept at once. */
const KEEP_MS = 60_000;

export class DriftWatch {
	readonly #setup: DriftWatchSetup;
	readonly #store: DriftStore;
	readonly #events: DriftEvents;
	readonly #log: Logger;
	readonly #cameras = new Map<string, CameraDrift>();
	/** Cameras whose evidence has grown since it was kept. */
	readonly #dirty = new Set<string>();
	#keptAt = performance.now();

	constructor(setup: DriftWatchSetup, store: DriftStore, events: DriftEvents, log: Logger, chance = Math.random) {
		this.#setup = setup;
		this.#store = store;
		this.#events = events;
		this.#log = log;
		const { config, reference, cameras } = setup;
		if (!isWatched(config, reference)) return;
		if (reference) expectHeld(reference, config.defectiveShare);
		for (const id of cameras) this.#cameras.set(id, new CameraDrift(id, config, reference, chance, this.#restore(id)));
	}

	get isOn(): boolean {
		return this.#cameras.size > 0;
	}

	/** Why promises about calibration do not hold: the alarms that stand, oldest change first, or a reference in its stead. */
	get promiseVoid(): readonly string[] {
		const cameras = [...this.#cameras.values()];
		const alarms = cameras.flatMap((camera) => camera.alarms()).sort((a, b) => (a.since.at < b.since.at ? -1 : 1));
		const accepted = cameras.flatMap(({ acceptedAt }) => acceptedAt ?? []).sort();
		return [...alarms.map((alarm) => alarm.message), ...accepted.slice(0, 1).map(acceptedSince)];
	}

	/** Takes one part into account. */
	take(camera: string, statistics: InputStatistics, part: PartReference): void {
		const drift = this.#cameras.get(camera);
		if (!drift) return;
		const { began, ended, learned } = drift.take(statistics, part);
		this.#dirty.add(camera);
		for (const alarm of began) this.#tell(camera, alarm, 'began');
		for (const alarm of ended) this.#tell(camera, alarm, 'ended');
		if (learned)
			void this.#change(camera, BY_ITSELF, { old: 'learning', new: `learned from parts up to ${part.partId}` });
		if (learned || began.length + ended.length > 0) this.#events.change();
		if (performance.now() - this.#keptAt > KEEP_MS) this.keep();
	}

	/** @throws COMMAND_INVALID when there is nothing to do it to */
	async reset({ reference, camera }: DriftReset, by: By): Promise<void> {
		if (!this.isOn) throw refused('the drift watch to be on', `it is off: ${this.#whyOff()}`, 'Set `drift.enabled`.');
		if (camera !== undefined && !this.#cameras.has(camera))
			throw refused(`one of the cameras ${[...this.#cameras.keys()].join(', ')}`, camera, 'Correct the name.');
		if (reference === 'bundle' && !this.#setup.reference)
			throw refused('a bundle with a drift reference', 'none', 'Make one with `andon drift fit`, or use `learn`.');
		for (const [id, drift] of this.#cameras) {
			if (camera !== undefined && id !== camera) continue;
			const old = drift.alarms().map((alarm) => alarm.message);
			if (reference === 'keep') drift.keep();
			else if (reference === 'learn') drift.learn(new Date().toISOString());
			else drift.useBundled();
			await this.#change(id, by, { old, new: `reset: ${reference}` });
		}
		this.#events.change();
	}

	/** Lets what was found survive a restart: done every minute by itself, and to be called at the end. */
	keep(): void {
		this.#keptAt = performance.now();
		for (const id of this.#dirty)
			this.#store
				.remember(this.#nameOf(id), this.#keptOf(id))
				.catch((error) => this.#log.error({ error }, 'the evidence of the drift watch could not be kept'));
		this.#dirty.clear();
	}

	state(): DriftState {
		const cameras = [...this.#cameras.values()].map((camera) => camera.state());
		const { falseAlarmParts } = this.#setup.config;
		if (cameras.length === 0) return { status: 'off', why: this.#whyOff(), falseAlarmParts, cameras };
		const status = cameras.some((camera) => camera.learning) ? 'learning' : 'watching';
		return { status, falseAlarmParts, cameras };
	}

	#whyOff(): string {
		if (this.#setup.config.enabled === false) return 'switched off in station.yaml';
		return 'the bundle does not say what its parts looked like: make that with `andon drift fit`, or set `drift.enabled` to learn it here';
	}

	#tell(camera: string, alarm: DriftAlarm, turn: 'began' | 'ended'): void {
		const message = turn === 'began' ? alarm.message : `As before again: ${alarm.statistic} of camera ${camera}.`;
		this.#log.warn({ camera, statistic: alarm.statistic, turn }, message);
		const { station } = this.#setup;
		const standing = turn === 'began';
		this.#events.alert({ kind: 'drift', at: new Date().toISOString(), station, camera, ...alarm, standing, message });
		void this.#change(
			camera,
			BY_ITSELF,
			standing ? { old: null, new: alarm.message } : { old: alarm.message, new: null },
		);
	}

	async #change(camera: string, by: By, { old, new: next }: Pick<AuditDraft, 'old' | 'new'>): Promise<void> {
		this.#dirty.delete(camera);
		try {
			await this.#store.change(this.#nameOf(camera), this.#keptOf(camera), { ...by, what: 'drift', old, new: next });
		} catch (error) {
			if (by !== BY_ITSELF) throw error;
			this.#log.error({ error }, 'an alarm of the drift watch could not be recorded');
		}
	}

	#nameOf(camera: string): string {
		return `drift:${camera}${this.#setup.place}`;
	}

	#keptOf(id: string): Kept {
		const drift = this.#cameras.get(id)!;
		return { scope: this.#setup.scope, camera: drift.kept(), alarms: drift.alarms().map((alarm) => alarm.message) };
	}

	#restore(id: string): CameraDriftKept | undefined {
		const kept = this.#store.setting(this.#nameOf(id)) as Kept | undefined;
		if (!kept || kept.scope === this.#setup.scope) return kept?.camera;
		if (kept.alarms.length > 0)
			void this.#store.change(this.#nameOf(id), undefined, {
				...BY_ITSELF,
				what: 'drift',
				old: kept.alarms,
				new: null,
				reason: 'another bundle, precision or mix runs now',
			});
		return undefined;
	}
}

/** Whether inspectors have to measure their parts. */
export function isWatched({ enabled }: DriftConfig, reference: DriftReference | undefined): boolean {
	return enabled ?? reference !== undefined;
}

const BY_ITSELF: By = { who: 'andon', source: 'station' };

function acceptedSince(at: string): string {
	return (
		`Since ${at} parts are compared with what this station learned after a change, not with calibration: ` +
		'certify the threshold on parts as they look now.'
	);
}

function expectHeld(reference: DriftReference, defectiveShare: number): void {
	const found = heldInMix(reference, defectiveShare).length;
	if (found >= LEAST_PARTS) return;
	throw new AndonError('CONFIG_INVALID', {
		expected: `at least ${LEAST_PARTS} parts of the bundle's drift reference with ${100 * defectiveShare} % defective ones`,
		found: String(found),
		fix: 'Correct `drift.defectiveShare`, or make a reference of more parts with `andon drift fit`.',
	});
}

function refused(expected: string, found: string, fix: string): AndonError {
	return new AndonError('COMMAND_INVALID', { expected, found, fix });
}
