/** What the console and the publishers see of a station: its state, its figures, its events and its commands. */
import type { EventEmitter } from 'node:events';
import type { Placement } from '../inference/read-placement.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import type { WhatIf } from '../metrics/what-if.ts';
import type { DriftState } from './drift/drift-state.ts';
import type { FeedbackAudit } from './feedback/audit.ts';
import type { GoldenRun, GoldenState } from './golden/golden-run.ts';
import type { VisionState } from './handshake.ts';
import type { Inspection, RecipeReference, Verdict } from './inspection.ts';
import type { MetricsText } from './metrics/station-metrics.ts';
import type { PartRequest } from './part-requests.ts';
import type { ShadowDifference } from './recipes/shadow-watch.ts';

/** `degraded`: parts are inspected, something else is wrong; `faulted`: at least one camera inspects nothing. */
export type StationStatus = 'starting' | 'running' | 'paused' | 'degraded' | 'faulted' | 'stopped';

export interface Fault {
	/** A code of the error registry, or `INTERNAL`. */
	readonly code: string;
	readonly message: string;
	/** ISO 8601. */
	readonly since: string;
	/** Of a camera: nothing is inspected while it lasts. */
	readonly blind?: boolean;
}

export interface CameraState {
	readonly id: string;
	readonly source: string;
	/** `ended`: the source has no more parts; `restarting`: its inspector died and comes back. */
	readonly status: 'starting' | 'running' | 'paused' | 'ended' | 'restarting' | 'stopped';
	/** What it is doing, as OPC 40100-1 names it; absent in what an inspector says of itself. */
	readonly handshake?: VisionState;
	/** What it can be asked for: its next frame, or to inspect an image that is sent; absent when it names its parts itself. */
	readonly asks?: 'part' | 'image';
	/** Process id of its inspector, while there is one. */
	readonly pid?: number;
	/** Sequence of the last part that was acquired; 0 before the first. */
	readonly sequence: number;
	/** Parts of which nothing usable was seen since boot: triggers without a frame, broken frames, parts while it was away. */
	readonly missed: number;
	/** How often its inspector was started again since boot. */
	readonly restarts: number;
	/** How often its inspector was replaced for using too much memory. */
	readonly recycled: number;
	/** Parts that wait for their inspection. */
	readonly waiting: number;
	/** Resident memory of its inspector; absent before it has said so. */
	readonly memoryBytes?: number;
	readonly fault?: Fault;
}

export interface CascadeState {
	/** Whether the gate runs; `why` says why it does not. */
	readonly gating: boolean;
	readonly why?: string;
	/** What it was made of. */
	readonly gate: string;
	/** Parts whose gate score is below it are gated. */
	readonly threshold: number;
}

/** Of the inspected parts of the window; shares and savings are there once both kinds were. */
export interface CascadeStats {
	/** Parts that the gate judged, and how many of them the inspector did not see. */
	readonly judged: number;
	readonly gated: number;
	readonly share?: number;
	/** Mean milliseconds in the models: as it is, and without the gate, from the parts that met both. */
	readonly meanMs?: number;
	readonly withoutGateMs?: number;
	readonly savedMs?: number;
	/** Inspections per second of the models alone, over those without the gate. */
	readonly speedUp?: number;
}

export interface ProviderState {
	readonly wanted: readonly string[];
	readonly used: string;
	/** In words. */
	readonly why: string;
	/** Wanted more, but not proved here. */
	readonly passedOver: readonly { provider: string; precision: string; code: string; reason: string }[];
}

export interface BrokerState {
	/** Without credentials. */
	readonly url: string;
	readonly status: 'connecting' | 'connected' | 'offline';
	readonly embedded: boolean;
	readonly fault?: Fault;
}

/** An output and what it did since the start. */
export interface OutputState {
	readonly id: string;
	readonly output: 'gpio' | 'modbus' | 'mqtt';
	/** What is driven, in words. */
	readonly target: string;
	readonly drives: 'reject' | 'hold' | 'pass' | 'heartbeat';
	/** Parts between trigger and output; this and all counts are absent for a heartbeat. */
	readonly inTransit?: number;
	readonly passed?: number;
	readonly rejected?: number;
	readonly held?: number;
	/** Of those rejected or held: no verdict had come when they were due. */
	readonly late?: number;
	/** Of those rejected or held: sound, but it was not known where they were, or they could not be recorded. */
	readonly overruled?: number;
	/** How often it was driven for a part. */
	readonly driven?: number;
	/** Parts that it should have been driven for, and was not. */
	readonly missed?: number;
	/** Pulses that began while another one was on. */
	readonly overlaps?: number;
	/** How late it was driven after a part was due, ms, over the last 1000. */
	readonly lateMs?: Percentiles;
	/** Counts since the start, counts per second, and how often the count jumped. */
	readonly encoder?: { readonly position?: number; readonly perSecond?: number; readonly jumps?: number };
	readonly fault?: Fault;
}

/** Since boot. */
export type Counters = Readonly<Record<'parts' | 'ok' | 'defect' | 'review' | 'notInspected' | 'published', number>>;

/** One of the recipes of station.yaml. */
export interface RecipeState {
	/** `default` where station.yaml names none. */
	readonly id: string;
	readonly inForce: boolean;
	/** Of its bundle; there while it is loaded. */
	readonly version?: string;
	readonly hash?: string;
	/** Folder that its bundle was taken from. */
	readonly bundle: string;
	/** Codes that select it without delay. */
	readonly codes: readonly string[];
	/** Hash of the bundle that a roll-back of this recipe puts back. */
	readonly previous?: string;
	/** Why it is not loaded although codes select it. */
	readonly fault?: string;
}

/** A candidate that scores beside a recipe, without effect. */
export interface ShadowState {
	/** Id of the recipe beside which it scores. */
	readonly recipe: string;
	readonly candidate: RecipeReference;
	/** Folder that its bundle was taken from. */
	readonly bundle: string;
	/** ISO 8601. */
	readonly since: string;
	/** Parts that the recipe in force inspected meanwhile; the candidate is left out while another part waits. */
	readonly of: number;
	readonly scored: number;
	readonly agree: number;
	/** The candidate rejects or holds what passed. */
	readonly moreDefects: number;
	/** The candidate passes what was rejected or held. */
	readonly fewerDefects: number;
	/** One rejects, the other holds. */
	readonly otherwise: number;
	/** The candidate came to nothing. */
	readonly failed: number;
	/** Of scores, without sign. */
	readonly scoreDifference?: { readonly mean: number; readonly largest: number };
	/** Mean per part. */
	readonly inferenceMs?: { readonly incumbent: number; readonly candidate: number };
}

/** What is published, retained, on `shadow`. */
export type ShadowReport =
	| { readonly running: false }
	| (ShadowState & { readonly running: true; readonly differences: readonly ShadowDifference[] });

/** What is published, retained, on `state`. */
export interface StationState {
	readonly station: string;
	readonly bootId: string;
	readonly startedAt: string;
	readonly at: string;
	readonly status: StationStatus;
	readonly recipe: RecipeReference;
	readonly recipes: readonly RecipeState[];
	/** What a roll-back puts in force: another recipe, or with a hash that bundle of the recipe; absent where there is nothing to undo. */
	readonly previous?: { readonly recipe: string; readonly hash?: string };
	readonly shadow?: ShadowState;
	/** Without its promise while there is a reason in `promiseVoid`. */
	readonly operatingPoint: OperatingPoint;
	/** Why nothing is promised of the operating point; absent while its promise holds. */
	readonly promiseVoid?: readonly string[];
	/** Whether parts still look as in calibration. */
	readonly drift: DriftState;
	/** Severity rules in force beside the threshold, as station.yaml has them; absent where there are none. */
	readonly rules?: readonly string[];
	/** The provider that the inspectors really run on, proved by an inference; absent before the first is up. */
	readonly provider?: string;
	/** Which providers were wanted, in that order, why this one is used, and what became of those before it. */
	readonly providers: ProviderState;
	/** The nodes of the model by the provider that runs them and by operator, from ONNX Runtime's own profile. */
	readonly placement?: Placement;
	/** The gate in front of the inspector, where the bundle has one. */
	readonly cascade?: CascadeState;
	readonly precision: string;
	/** Why this model runs, in words. */
	readonly precisionReason: string;
	/** What the model takes, in pixels. */
	readonly input: { readonly width: number; readonly height: number; readonly channels: number };
	readonly configurationHash: string;
	readonly paused: boolean;
	readonly cameras: readonly CameraState[];
	/** What is driven for parts; absent where nothing is. */
	readonly outputs?: readonly OutputState[];
	readonly broker: BrokerState;
	/** Recorded but not yet acknowledged by the broker. */
	readonly outbox: { readonly pending: number };
	readonly counters: Counters;
	/** Reference parts: the last run, the next one, and whether every part is held because one failed. */
	readonly golden: GoldenState;
	/** Hash of the last audit entry, so that a copy elsewhere can reveal a changed log. */
	readonly audit: { readonly entries: number; readonly head: string };
	readonly fault?: Fault;
}

export interface Percentiles {
	readonly p50: number;
	readonly p99: number;
}

/** Over the last values of one kind, at most 1000. */
export interface IouStats {
	readonly n: number;
	readonly mean?: number;
	/** When the first and the last of them were decided, ISO 8601. */
	readonly from?: string;
	readonly to?: string;
}

export interface ExpectedIouStats extends IouStats {
	/** Whether the values went through the bundle's correction; all of them did, or none. */
	readonly corrected?: boolean;
}

/**
 * `simulated`: parts that a simulator made; `golden`: reference parts; `labelled`: parts that a person labelled, at the
 * station or in the folder that the camera reads.
 */
export type MeasuredIouStats = Readonly<Record<'simulated' | 'golden' | 'labelled', IouStats>>;

/** What is published, retained, on `stats`: over the last `window` parts. */
export interface StationStats {
	readonly station: string;
	readonly at: string;
	readonly window: { readonly parts: number; readonly from?: string; readonly to?: string };
	readonly verdicts: Readonly<Record<Verdict, number>>;
	/** Milliseconds per inspected part: `processing` from pixels to decision, `inference` the model alone. */
	readonly latencyMs: { readonly processing?: Percentiles; readonly inference?: Percentiles };
	/** Decisions per second of wall time in the window. */
	readonly partsPerSecond?: number;
	/** Estimated from the model's own probabilities; never a measured IoU. */
	readonly expectedIou: ExpectedIouStats;
	/** Against true masks, by where the truth came from; never averaged together. */
	readonly measuredIou: MeasuredIouStats;
	/** Of inspected parts whose truth is known; `review` counts as flagged, because it does not pass. */
	readonly confusion: { readonly tp: number; readonly fp: number; readonly tn: number; readonly fn: number };
	/** What the gate spares the inspector; absent where no gate ran. */
	readonly cascade?: CascadeStats;
	/** What people's labels prove about the threshold that runs, since it was set. */
	readonly feedback?: FeedbackAudit & { readonly frames?: FrameFigures };
}

/** A frame with what was found drawn on it. */
export interface Preview {
	readonly camera: string;
	readonly jpeg: Uint8Array;
	readonly inspection: Inspection;
}

export interface AuditEntry {
	readonly sequence: number;
	/** Server time, ISO 8601. */
	readonly at: string;
	readonly who: string;
	/** Where it came from: `mqtt`, `console`, or the `station` itself. */
	readonly source: string;
	readonly what: string;
	readonly old: unknown;
	readonly new: unknown;
	readonly reason?: string;
	/** SHA-256 over the entry before and this one. */
	readonly hash: string;
}

/** Pictures kept beside the store. */
export interface FrameFigures {
	readonly kept: number;
	readonly bytes: number;
	readonly maxBytes: number;
	/** Not kept since the station started, and why the last one was not. */
	readonly lost: number;
	readonly reason?: string;
}

/** What a person says about a part; it stands beside the record, which is never changed. */
export interface Label {
	/** Order of labelling; the newest label of a result is in force. */
	readonly number: number;
	readonly resultId: string;
	/** Server time, ISO 8601. */
	readonly at: string;
	readonly who: string;
	/** Where it came from: `mqtt`, `cli`. */
	readonly source: string;
	readonly defective: boolean;
	readonly class?: string;
	/** Whether somebody drew where the defect is. */
	readonly hasMask: boolean;
	readonly reason?: string;
}

/** Who asks, as the audit log will name them. */
export interface Requester {
	readonly who: string;
	readonly source: 'mqtt' | 'console' | 'cli' | 'station';
}

/** The answer to a command, as published on `response`. */
export interface CommandResponse {
	readonly command: string;
	readonly id?: string;
	readonly ok: boolean;
	readonly at: string;
	/** In force after the command. */
	readonly operatingPoint?: OperatingPoint;
	readonly paused?: boolean;
	/** In force after a command about recipes. */
	readonly recipe?: RecipeReference;
	/** The label that was stored. */
	readonly label?: Label;
	/** The record of the part that was asked for. */
	readonly inspection?: Inspection;
	readonly error?: {
		readonly code: string;
		readonly message: string;
		readonly expected?: string;
		readonly found?: string;
		readonly fix?: string;
	};
}

export interface StationEvents {
	/** A part's record, once it is durable. */
	inspection: [Inspection];
	preview: [Preview];
	state: [StationState];
	stats: [StationStats];
	/** A label, once it is durable. */
	label: [Label];
}

/** What another threshold would do, computed as `andon tune --what-if` does. */
export interface StationWhatIf {
	readonly threshold: number;
	readonly holdBand?: { readonly below: number; readonly above: number };
	/** On the bundle's calibration parts, whose truth is known. */
	readonly calibration: WhatIf;
	/** On the last parts that this station recorded with the bundle and precision that run: the mix of the line. */
	readonly recorded: WhatIf;
}

/** What the console is handed. */
export interface StationView {
	readonly id: string;
	readonly events: EventEmitter<StationEvents>;
	state(): StationState;
	stats(): StationStats;
	/** The last records, newest first; survives restarts. */
	recent(limit: number): readonly Inspection[];
	/** The labels in force, newest first. */
	labels(limit: number): readonly Label[];
	/** The last run of golden parts, with every part; survives restarts. */
	golden(): GoldenRun | undefined;
	/** The last audit entries, newest first. */
	audit(limit: number): readonly AuditEntry[];
	/** Calibration scores of the bundle for the running precision, one per part: what a threshold would cost. */
	calibrationScores(): { readonly defective: readonly number[]; readonly sound: readonly number[] } | undefined;
	/** @param threshold in [0,1] */
	whatIf(threshold: number): StationWhatIf;
	/** Runs a command by name (`set-threshold`, …); refusals are answers, never thrown. */
	command(name: string, payload: unknown, requester: Requester): Promise<CommandResponse>;
	/** Its figures in Prometheus' text format. */
	metrics(): Promise<MetricsText>;
	/**
	 * Has a part inspected; resolves with its record once that is durable.
	 *
	 * @throws CAMERA_TRIGGER_REFUSED, LINE_PAUSED, QUEUE_FULL, INSPECTOR_LOST, STORE_UNWRITABLE
	 */
	ask(request: PartRequest): Promise<Inspection>;
	/** Asks for `preview` events (at most 5 a second and camera) until the returned function is called. */
	watch(): () => void;
}
