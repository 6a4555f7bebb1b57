/** The whole daemon on one page: cameras → inspectors → store → MQTT, with commands coming back. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, type Logger } from '../base/log.ts';
import { certifyingScores } from '../bundle/calibration.ts';
import { type ChosenModel, chooseModel } from '../bundle/choose-model.ts';
import { driftReferenceIn } from '../bundle/drift-file.ts';
import { type Bundle, openBundle } from '../bundle/open-bundle.ts';
import { operatingPointOf } from '../bundle/operating-point-of.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import type { PartScores } from '../metrics/part-scores.ts';
import { type Change, Commands } from './commands.ts';
import { type CameraConfig, hashOfConfig, readPassword, type StationConfig } from './config.ts';
import { decisionFor } from './decision/decision-schema.ts';
import { promiseVoidOf, shownPoint } from './decision/promise.ts';
import { type DriftReset, DriftWatch } from './drift/drift-watch.ts';
import { Feedback } from './feedback/feedback.ts';
import { frameFolder } from './feedback/frame-shelf.ts';
import type { LabelArguments } from './feedback/read-label.ts';
import type { GoldenHost } from './golden/golden-host.ts';
import type { GoldenRun } from './golden/golden-run.ts';
import { GoldenWatch } from './golden/golden-watch.ts';
import { measuredIous } from './golden/measured-ious.ts';
import type { Inspection, RecipeReference, Verdict } from './inspection.ts';
import { alertOf, recordOf } from './inspection-record.ts';
import { Inspector } from './inspector/inspector.ts';
import type { AcquiredShot, Result } from './inspector/messages.ts';
import { Broker } from './publish/broker.ts';
import { MqttPublisher } from './publish/mqtt/mqtt-publisher.ts';
import type {
	AuditEntry,
	CommandResponse,
	Counters,
	Fault,
	Label,
	Requester,
	StationEvents,
	StationState,
	StationStats,
	StationStatus,
	StationView,
	StationWhatIf,
} from './station-view.ts';
import { Statistics } from './statistics.ts';
import { type Outgoing, Store } from './store/store.ts';
import { WhatIfs } from './what-if.ts';

/** How often figures are published, ms. */
const STATS_MS = 5000;
/** State changes within this are published as one, ms. */
const STATE_MS = 200;
/** How long a stop waits for the broker to take what is unsent; the rest is sent after the next start. */
const DRAIN_MS = 5000;
/** Decided parts that a preview may still come for, per camera. */
const PREVIEWABLE = 16;

export class Station implements StationView {
	readonly id: string;
	readonly events = new EventEmitter<StationEvents>();
	readonly #config: StationConfig;
	readonly #configurationHash: string;
	readonly #log: Logger;
	readonly #statistics = new Statistics();
	readonly #counters: Record<keyof Counters, number>;
	readonly #startedAt = new Date().toISOString();
	readonly #inspectors = new Map<string, Inspector>();
	readonly #previewable = new Map<string, Inspection[]>();
	/** Faults already alerted, by what they are about. */
	readonly #alerted = new Map<string, string>();
	#bundle!: Bundle;
	#recipe!: RecipeReference;
	#store: Store | undefined;
	#feedback!: Feedback;
	#broker: Broker | undefined;
	#publisher: MqttPublisher | undefined;
	#commands!: Commands;
	#model!: ChosenModel;
	#drift!: DriftWatch;
	#operatingPoint!: OperatingPoint;
	#scores: PartScores | undefined;
	#golden!: GoldenWatch;
	#whatIfs!: WhatIfs;
	#paused = false;
	#bootId = '';
	#phase: 'starting' | 'running' | 'stopped' = 'starting';
	#fault: Fault | undefined;
	#watchers = 0;
	#statsTimer: NodeJS.Timeout | undefined;
	#stateTimer: NodeJS.Timeout | undefined;

	constructor(config: StationConfig, log: Logger = createLogger('station')) {
		this.id = config.station;
		this.#config = config;
		this.#configurationHash = hashOfConfig(config);
		this.#log = log.child({ station: config.station });
		this.#counters = { parts: 0, ok: 0, defect: 0, review: 0, notInspected: 0, published: 0 };
	}

	/** Resolves when every camera inspects. @throws what keeps it from that; everything is released then */
	async start(): Promise<void> {
		try {
			this.#bundle = await openBundle(this.#config.bundle);
			this.#openStore();
			await this.#feedback.start();
			await this.#loadSettings();
			await this.#openPublisher();
			await this.#startInspectors();
			this.#golden.start();
			this.#phase = 'running';
			this.#statsTimer = setInterval(() => this.#tellStats(), STATS_MS);
			this.#changed();
			this.#log.info({ bootId: this.#bootId, recipe: this.#recipe }, 'the station inspects');
		} catch (error) {
			await this.stop();
			throw error;
		}
	}

	/** Lets parts in work be finished, sends what can be sent, releases everything. Safe after a failed start and twice. */
	async stop(): Promise<void> {
		clearInterval(this.#statsTimer);
		await this.#golden?.stop();
		await Promise.all([...this.#inspectors.values()].map((inspector) => inspector.stop()));
		this.#drift?.keep();
		await this.#drain();
		await this.#feedback?.stop();
		this.#phase = 'stopped';
		clearTimeout(this.#stateTimer);
		if (this.#publisher && this.#store) await this.#publisher.publishState(this.state());
		await this.#publisher?.stop();
		await this.#broker?.stop();
		this.#store?.close();
	}

	/** Where the broker is, without credentials. */
	get brokerUrl(): string {
		return this.#config.mqtt.url ?? this.#broker?.url ?? '';
	}

	state(): StationState {
		const cameras = [...this.#inspectors.values()].map((inspector) => inspector.state());
		const broker = this.#publisher?.state() ?? {
			url: this.brokerUrl,
			embedded: !this.#config.mqtt.url,
			status: 'offline',
		};
		const provider = [...this.#inspectors.values()].find((inspector) => inspector.provider)?.provider;
		return {
			station: this.id,
			bootId: this.#bootId,
			startedAt: this.#startedAt,
			at: new Date().toISOString(),
			status: this.#status(cameras, broker.fault),
			recipe: this.#recipe,
			operatingPoint: shownPoint(this.#operatingPoint, this.#promiseVoid),
			...(this.#promiseVoid.length > 0 ? { promiseVoid: this.#promiseVoid } : {}),
			...(this.#config.decision?.severity.length ? { rules: this.#config.decision.severity } : {}),
			drift: this.#drift.state(),
			...(provider ? { provider } : {}),
			precision: this.#model.precision,
			precisionReason: this.#model.why,
			input: this.#bundle.manifest.input,
			configurationHash: this.#configurationHash,
			paused: this.#paused,
			cameras,
			broker,
			outbox: { pending: this.#store!.unsentCount },
			counters: { ...this.#counters },
			golden: this.#golden.state(),
			audit: this.#store!.auditHead,
			...(this.#fault ? { fault: this.#fault } : {}),
		};
	}

	stats(): StationStats {
		const feedback = this.#feedback.figures();
		return { station: this.id, at: new Date().toISOString(), ...this.#statistics.figures(), feedback };
	}

	recent(limit: number): readonly Inspection[] {
		return this.#store!.recent(limit);
	}

	labels(limit: number): readonly Label[] {
		return this.#store!.labels.recent(limit);
	}

	golden(): GoldenRun | undefined {
		return this.#golden.last;
	}

	audit(limit: number): readonly AuditEntry[] {
		return this.#store!.audit(limit);
	}

	calibrationScores(): Pick<PartScores, 'defective' | 'sound'> | undefined {
		return this.#scores && { defective: this.#scores.defective, sound: this.#scores.sound };
	}

	whatIf(threshold: number): StationWhatIf {
		return this.#whatIfs.at(threshold);
	}

	command(name: string, payload: unknown, requester: Requester): Promise<CommandResponse> {
		return this.#commands.run({ name, payload }, requester);
	}

	watch(): () => void {
		if (++this.#watchers === 1) for (const inspector of this.#inspectors.values()) inspector.setPreviews(true);
		let watching = true;
		return () => {
			if (!watching) return;
			watching = false;
			if (--this.#watchers === 0) for (const inspector of this.#inspectors.values()) inspector.setPreviews(false);
		};
	}

	#openStore(): void {
		this.#store = new Store(this.#config.store.path, (message) => this.#storeFault(message));
		this.#bootId = this.#store.newBoot();
		const folder = frameFolder(this.#config.store.path);
		const setup = { ...this.#config.feedback, folder, boot: `${this.id}-${this.#bootId}` };
		this.#feedback = new Feedback(this.#store, setup, this.#log);
		const broken = this.#store.brokenAudit();
		if (broken === undefined) return;
		this.#log.error({ entry: broken }, 'the audit log was changed from outside');
		this.#fault = faultOf('STORE_INVALID', `The audit log was changed from outside: entry ${broken} does not fit.`);
	}

	async #loadSettings(): Promise<void> {
		const { manifest, manifestHash } = this.#bundle;
		const { name: id, version } = manifest;
		this.#recipe = { id, version, hash: manifestHash };
		this.#model = chooseModel(this.#bundle, this.#config);
		this.#scores = certifyingScores(this.#bundle.calibration(), this.#model.precision, manifest.classes);
		this.#log.info({ precision: this.#model.precision, why: this.#model.why }, 'the model is chosen');
		this.#paused = this.#store!.setting('paused') === true;
		this.#operatingPoint = (await this.#storedOperatingPoint()) ?? this.#shippedOperatingPoint();
		await this.#beginEpoch();
		this.#drift = this.#driftWatch();
		this.#golden = new GoldenWatch(this.#goldenHost());
		await this.#golden.open();
		this.#whatIfs = new WhatIfs({
			store: this.#store!,
			calibration: this.#scores,
			manifestHash,
			precision: this.#model.precision,
			holdBand: this.#config.holdBand,
		});
		this.#commands = new Commands(this.#commandable());
	}

	/** Audits of the threshold count from here on, unless all that decides is as it was. */
	#beginEpoch(): Promise<void> {
		const { provider, holdBand, decision, cameras } = this.#config;
		return this.#feedback.begin({
			operatingPoint: this.#operatingPoint,
			manifestHash: this.#bundle.manifestHash,
			precision: this.#model.precision,
			provider,
			configured: { holdBand, decision, scales: cameras.map(({ mmPerPixel }) => mmPerPixel) },
		});
	}

	#driftWatch(): DriftWatch {
		const { drift: config, cameras } = this.#config;
		const setup = {
			station: this.id,
			cameras: cameras.map((camera) => camera.id),
			config,
			reference: driftReferenceIn(this.#bundle, this.#model.precision),
			scope: `${this.#settingScope()} ${config.defectiveShare}`,
		};
		const events = { alert: (payload: object) => this.#alert(payload), change: () => this.#changed() };
		return new DriftWatch(setup, this.#store!, events, this.#log);
	}

	/** What a person had set, as long as it was for this bundle and precision: scores of another mean something else. */
	async #storedOperatingPoint(): Promise<OperatingPoint | undefined> {
		const stored = this.#store!.setting('operating-point') as
			| { for: string; operatingPoint: OperatingPoint }
			| undefined;
		if (stored === undefined || stored.for === this.#settingScope()) return stored?.operatingPoint;
		await this.#store!.change('operating-point', undefined, {
			who: 'andon',
			source: 'station',
			what: 'operating-point',
			old: stored.operatingPoint,
			new: this.#shippedOperatingPoint(),
			reason: 'another bundle or precision runs now',
		});
		return undefined;
	}

	#settingScope(): string {
		return `${this.#bundle.manifestHash} ${this.#model.precision}`;
	}

	#shippedOperatingPoint(): OperatingPoint {
		return operatingPointOf(this.#bundle.manifest, this.#model.precision, this.#scores);
	}

	async #openPublisher(): Promise<void> {
		const { url, embedded = { host: '127.0.0.1', port: 1883 }, username, prefix, protocolVersion } = this.#config.mqtt;
		if (!url) {
			this.#broker = new Broker(embedded);
			await this.#broker.start();
		}
		this.#publisher = new MqttPublisher(
			{
				url: this.brokerUrl,
				embedded: !url,
				// The embedded broker speaks 3.1.1 only.
				protocolVersion: url ? protocolVersion : 4,
				prefix,
				station: this.id,
				username,
				password: await readPassword(this.#config.mqtt),
			},
			this.#store!,
			{
				change: () => this.#changed(),
				sent: (topic) => {
					if (topic === 'inspection') this.#counters.published++;
				},
				command: (message) => this.#commands.run(message, { who: 'mqtt', source: 'mqtt' }),
				snapshot: () => ({ state: this.state(), stats: this.stats(), golden: this.#golden.last }),
			},
			this.#log,
		);
		await this.#publisher.start();
	}

	async #startInspectors(): Promise<void> {
		for (const camera of this.#config.cameras) this.#inspectors.set(camera.id, this.#inspectorOf(camera));
		await Promise.all([...this.#inspectors.values()].map((inspector) => inspector.start()));
	}

	#inspectorOf({ id, source, expectSize, mmPerPixel, ...options }: CameraConfig): Inspector {
		const { provider, threads, deadlineMs, holdBand, bundle } = this.#config;
		const { manifestHash } = this.#bundle;
		const precision = this.#model.precision;
		return new Inspector(
			{
				camera: id,
				source,
				options,
				expectSize,
				bundle,
				manifestHash,
				precision,
				provider,
				threads,
				deadlineMs,
				holdBand,
				decision: decisionFor(this.#config.decision, mmPerPixel),
				inputStatistics: this.#drift.isOn,
				frames: this.#feedback.rulesOf(id),
			},
			{ cursor: this.#store!.cursor(id), operatingPoint: this.#operatingPoint, paused: this.#paused },
			{
				part: (shot, outcome) => void this.#decided(id, shot, outcome),
				statistics: (sequence, statistics) => {
					const part = this.#previewable.get(id)?.find((decided) => decided.sequence === sequence);
					if (part) this.#drift.take(id, statistics, { partId: part.partId, sequence, at: part.times.end });
				},
				preview: (sequence, jpeg) => this.#preview(id, sequence, jpeg),
				golden: (message) => this.#golden.heard(id, message),
				lost: (error) => this.#golden.lost(id, error),
				frame: (report) => this.#feedback.frame(id, report),
				change: () => this.#changed(),
			},
			this.#log,
		);
	}

	/** A part is decided: make it durable, then tell everybody. */
	async #decided(camera: string, shot: AcquiredShot, outcome: Result | { readonly lost: string }): Promise<void> {
		const inspection = this.#golden.treat(recordOf(this.#recordContext(camera), shot, outcome));
		this.#keepForPreview(inspection);
		const drawn = this.#feedback.draw(inspection);
		try {
			await this.#store!.record(inspection, shot.cursor, messagesOf(inspection), drawn);
		} catch (error) {
			this.#log.error({ error, resultId: inspection.resultId }, 'a part could not be recorded');
			return this.#storeFault(`${inspection.resultId} could not be recorded: ${error}`);
		}
		this.#inspectors.get(camera)?.recorded(shot.sequence);
		if (!this.#golden.decided(inspection)) return;
		this.#counters.parts++;
		this.#counters[COUNTER[inspection.verdict]]++;
		this.#statistics.add(inspection);
		this.#feedback.recorded(inspection, drawn);
		this.events.emit('inspection', inspection);
		this.#publisher?.pump();
	}

	/** Why nothing is promised of the operating point; empty while its promise holds. */
	get #promiseVoid(): readonly string[] {
		const rules = promiseVoidOf(this.#config.decision, this.#operatingPoint);
		return [...rules, ...this.#drift.promiseVoid, ...this.#golden.promiseVoid];
	}

	#recordContext(camera: string) {
		return {
			station: this.id,
			bootId: this.#bootId,
			camera,
			recipe: this.#recipe,
			configurationHash: this.#configurationHash,
			provider: this.#inspectors.get(camera)?.provider ?? this.#config.provider,
			precision: this.#model.precision,
			operatingPoint: this.#operatingPoint,
			promiseVoid: this.#promiseVoid,
			onNotInspected: this.#config.onNotInspected,
		};
	}

	#goldenHost(): GoldenHost {
		const station = this;
		return {
			station: this.id,
			bootId: this.#bootId,
			options: this.#config.golden,
			storePath: this.#config.store.path,
			store: this.#store!,
			bundle: this.#bundle,
			precision: this.#model.precision,
			recipe: this.#recipe,
			log: this.#log,
			get operatingPoint() {
				return station.#operatingPoint;
			},
			lines: () => [...this.#inspectors.values()],
			changed: () => this.#changed(),
			finished: (run) => {
				for (const iou of measuredIous(run)) this.#statistics.addMeasuredIou('golden', iou);
				void this.#publisher?.publishGolden(run);
				this.#publisher?.pump();
				this.#changed();
			},
			pause: (by) => this.#setPaused(true, by),
		};
	}

	#keepForPreview(inspection: Inspection): void {
		const kept = this.#previewable.get(inspection.camera) ?? [];
		this.#previewable.set(inspection.camera, [...kept.slice(1 - PREVIEWABLE), inspection]);
	}

	#preview(camera: string, sequence: number, jpeg: Uint8Array): void {
		const inspection = this.#previewable.get(camera)?.find((candidate) => candidate.sequence === sequence);
		if (inspection) this.events.emit('preview', { camera, jpeg, inspection });
	}

	#commandable() {
		const station = this;
		return {
			get operatingPoint() {
				return station.#operatingPoint;
			},
			get paused() {
				return station.#paused;
			},
			precision: this.#model.precision,
			scores: this.#scores,
			golden: this.#golden,
			setOperatingPoint: (operatingPoint: OperatingPoint, by: Change) => this.#setOperatingPoint(operatingPoint, by),
			setPaused: (paused: boolean, by: Change) => this.#setPaused(paused, by),
			resetDrift: (reset: DriftReset, by: Change) => this.#drift.reset(reset, by),
			label: (args: LabelArguments, by: Change) => this.#label(args, by),
		};
	}

	async #setOperatingPoint(operatingPoint: OperatingPoint, by: Change): Promise<void> {
		const value = { for: this.#settingScope(), operatingPoint };
		const what = 'operating-point';
		await this.#store!.change(what, value, { ...by, what, old: this.#operatingPoint, new: operatingPoint });
		this.#operatingPoint = operatingPoint;
		await this.#beginEpoch();
		await Promise.all([...this.#inspectors.values()].map((inspector) => inspector.setOperatingPoint(operatingPoint)));
		this.#changed();
	}

	async #label(args: LabelArguments, by: Change): Promise<Label> {
		const { label, iou } = await this.#feedback.label(args, by);
		if (iou !== undefined) this.#statistics.addMeasuredIou('labelled', iou);
		this.events.emit('label', label);
		return label;
	}

	async #setPaused(paused: boolean, by: Change): Promise<void> {
		await this.#store!.change('paused', paused, { ...by, what: 'paused', old: this.#paused, new: paused });
		this.#paused = paused;
		await Promise.all([...this.#inspectors.values()].map((inspector) => inspector.setPaused(paused)));
		this.#changed();
	}

	#storeFault(message: string | undefined): void {
		if (message) this.#log.error({ code: 'STORE_UNWRITABLE' }, message);
		this.#fault = message === undefined ? undefined : faultOf('STORE_UNWRITABLE', message);
		if (this.#fault) void this.#publisher?.publishAlert({ kind: 'station', station: this.id, ...this.#fault });
		this.#changed();
	}

	#status(cameras: StationState['cameras'], brokerFault: Fault | undefined): StationStatus {
		if (this.#phase !== 'running') return this.#phase;
		if (cameras.some((camera) => camera.status === 'restarting')) return 'faulted';
		if (this.#paused) return 'paused';
		const alarms = [...this.#drift.promiseVoid, ...this.#golden.promiseVoid];
		return this.#fault || brokerFault || alarms.length > 0 ? 'degraded' : 'running';
	}

	/** Tells the new state soon, several changes at once; tells of new faults. */
	#changed(): void {
		if (this.#phase !== 'running') return;
		this.#alertFaults();
		this.#stateTimer ??= setTimeout(() => {
			this.#stateTimer = undefined;
			const state = this.state();
			this.events.emit('state', state);
			void this.#publisher?.publishState(state);
		}, STATE_MS);
	}

	#alertFaults(): void {
		for (const inspector of this.#inspectors.values()) {
			const { id, fault } = inspector.state();
			if (!fault || this.#alerted.get(id) === fault.since) continue;
			this.#alerted.set(id, fault.since);
			this.#alert({ kind: 'station', station: this.id, camera: id, ...fault });
		}
	}

	/** Makes an alert durable, then sends it. */
	#alert(payload: object): void {
		this.#store!.enqueue({ topic: 'alert', payload }).then(
			() => this.#publisher?.pump(),
			(error) => this.#log.error({ error }, 'an alert could not be recorded'),
		);
	}

	#tellStats(): void {
		const stats = this.stats();
		this.events.emit('stats', stats);
		void this.#publisher?.publishStats(stats);
		this.#changed();
	}

	/** Waits until everything is recorded and, while there is a connection, sent. */
	async #drain(): Promise<void> {
		const until = performance.now() + DRAIN_MS;
		while (this.#store && performance.now() < until) {
			const connected = this.#publisher?.state().status === 'connected';
			if (this.#store.waiting === 0 && (!connected || this.#store.unsentCount === 0)) return;
			await sleep(20);
		}
	}
}

/** What is told of a part; nothing of a golden one, which is none of the line. */
function messagesOf(inspection: Inspection): Outgoing[] {
	if (inspection.golden) return [];
	const alert = alertOf(inspection);
	return [
		{ topic: 'inspection', payload: inspection },
		...(alert ? [{ topic: 'alert', payload: alert } as const] : []),
	];
}

const COUNTER: Readonly<Record<Verdict, keyof Counters>> = {
	ok: 'ok',
	defect: 'defect',
	review: 'review',
	'not-inspected': 'notInspected',
};

function faultOf(code: Fault['code'], message: string): Fault {
	return { code, message, since: new Date().toISOString() };
}
