/** The outputs of a station: every part of the line goes through here from its trigger to what is driven for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../base/clock.ts';
import type { AndonError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Inspection } from '../inspection.ts';
import type { AcquiredShot } from '../inspector/messages.ts';
import type { CameraState, Fault, OutputState } from '../station-view.ts';
import type { Belt } from './belts/belt.ts';
import { createBelt } from './belts/encoder-options.ts';
import { type Driver, driverOf } from './driver.ts';
import { Heartbeat } from './heartbeat.ts';
import { createOutput, type OutputConfig } from './index.ts';
import type { OutputContext } from './output.ts';
import { travelOf } from './output-options.ts';
import { RejectTracker, type TrackedPart } from './reject-tracker.ts';

export interface OutputsSetup {
	readonly station: string;
	readonly bootId: string;
	readonly outputs: readonly OutputConfig[];
	readonly cameras: readonly string[];
	readonly deadlineMs: number;
	readonly onNotInspected: 'reject' | 'hold';
}

export interface OutputsEvents {
	connected: OutputContext['connected'];
	publish: OutputContext['publish'];
	/** A fault came or went. */
	change(): void;
	/** For the topic `alert`. */
	alert(payload: object): void;
	/** Why records do not become durable at present, if so. */
	storeFault(): string | undefined;
	/** Stops the line's inspection: an output that must not fail has failed. */
	pause(reason: string): void;
}

/** An inspector that hangs is noticed so long after the deadline at the latest, ms. */
const GRACE_MS = 500;
/** How long a stop waits for parts in transit while their belt moves, ms. */
const TRANSIT_MS = 20_000;

interface Room {
	readonly config: OutputConfig;
	readonly driver: Driver;
	readonly belt: Belt;
	tracker?: RejectTracker;
	heartbeat?: Heartbeat;
	/** Its level is that at rest: parts that nobody inspected are before it, or may come. */
	resting: boolean;
	/** Ends the wait for the last of them to go by. */
	clearing?: (() => void) | undefined;
	fault?: Fault;
}

export class Outputs {
	readonly #setup: OutputsSetup;
	readonly #events: OutputsEvents;
	readonly #log: Logger;
	readonly #rooms: readonly Room[];
	readonly #belts = new Map<string, Belt>();
	/** Cameras whose parts are inspected at present. */
	#inspecting: ReadonlySet<string> = new Set();
	/** It was asked to be paused, and is not inspecting again yet. */
	#pausing = false;
	#paused = false;

	constructor(setup: OutputsSetup, events: OutputsEvents, log: Logger) {
		this.#setup = setup;
		this.#events = events;
		this.#log = log;
		this.#rooms = setup.outputs.map((config) => this.#roomOf(config));
	}

	/** Takes every output to its level at rest. An output that is not there is a fault, and tried again. */
	async start(): Promise<void> {
		await Promise.all([...this.#belts.values()].map((belt) => belt.start()));
		await Promise.all(this.#rooms.map(({ driver }) => driver.start()));
		for (const { heartbeat } of this.#rooms) heartbeat?.start();
	}

	/** Waits for parts in transit, as far as they move, then leaves every output at its level at rest. Safe after a failed start. */
	async stop(): Promise<void> {
		const until = monotonicMs() + TRANSIT_MS;
		while (this.#areComing() && monotonicMs() < until) await sleep(10);
		for (const { config, tracker, heartbeat, clearing } of this.#rooms) {
			clearing?.();
			const { inTransit = 0 } = tracker ?? {};
			if (inTransit > 0)
				this.#log.warn({ output: config.id, inTransit }, 'parts are on the belt that nobody will reject');
			tracker?.stop();
			heartbeat?.stop();
		}
		await Promise.all(this.#rooms.map(({ driver, config }) => driver.stop(config.whenStopped === 'on')));
		await Promise.all([...this.#belts.values()].map((belt) => belt.stop()));
	}

	/** A part was triggered. */
	acquired(camera: string, shot: AcquiredShot): void {
		if (shot.golden) return;
		for (const tracker of this.#trackersOf(camera)) tracker.acquired(this.#partOf(camera, shot));
	}

	/** A part is decided: drives what is due at once. @returns its record, with what was done to the part */
	decided(inspection: Inspection, shot: AcquiredShot): Inspection {
		const { camera, disposition } = inspection;
		if (inspection.golden) return inspection;
		const part = this.#partOf(camera, shot);
		const late = this.#trackersOf(camera).map((tracker) => tracker.decided(part, disposition));
		if (!late.includes(true)) return inspection;
		const { onNotInspected } = this.#setup;
		return { ...inspection, disposition: disposition === 'pass' ? onNotInspected : disposition, late: true };
	}

	/** A part's record is durable. */
	recorded({ camera, sequence }: Inspection): void {
		for (const tracker of this.#trackersOf(camera)) tracker.recorded({ camera, sequence });
	}

	/** What the cameras do at present: where one of an output's does not inspect, the output has its level at rest. */
	look(paused: boolean, cameras: readonly CameraState[]): void {
		const well = cameras.filter(
			({ status, fault }) => !paused && !fault?.blind && (status === 'running' || status === 'ended'),
		);
		if (this.#paused && !paused) this.#pausing = false;
		this.#paused = paused;
		this.#inspecting = new Set(well.map(({ id }) => id));
		for (const room of this.#rooms) {
			room.driver.look();
			if (this.#inspects(room.config)) this.#clear(room);
			else this.#rest(room);
		}
	}

	states(): readonly OutputState[] {
		return this.#rooms.map(({ config, driver, belt, tracker, fault }) => {
			const { fault: beltFault, ...encoder } = belt.state();
			const timing = tracker?.timing();
			const wrong = fault ?? beltFault;
			return {
				id: config.id,
				output: config.output,
				target: driver.name,
				drives: config.drives,
				...(tracker ? { inTransit: tracker.inTransit, overlaps: driver.overlaps, ...tracker.counters() } : {}),
				...(timing ? { lateMs: timing } : {}),
				...(encoder.position === undefined ? {} : { encoder }),
				...(wrong ? { fault: wrong } : {}),
			};
		});
	}

	#roomOf(config: OutputConfig): Room {
		const { station, deadlineMs, onNotInspected } = this.#setup;
		const context = {
			id: config.id,
			station,
			log: this.#log,
			connected: this.#events.connected,
			publish: this.#events.publish,
		};
		const driver = driverOf(createOutput(config, context), config, (error) => this.#setFault(room, error));
		const belt = this.#beltOf(config);
		const room: Room = { config, driver, belt, resting: true };
		const { drives, whenUnrecorded } = config;
		if (drives === 'heartbeat') {
			room.heartbeat = new Heartbeat(driver, config.pulseMs, () => this.#isWell(config));
			return room;
		}
		const options = {
			drives,
			whenUnrecorded,
			onNotInspected,
			travel: travelOf(config),
			heldElsewhere: this.#holdsElsewhere(config),
			decideMs: deadlineMs + GRACE_MS,
			ahead: driver.ahead,
		};
		room.tracker = new RejectTracker(belt, options, {
			drive: (part) => driver.fire(part),
			missed: (part, why) => this.#missed(room, part, why),
			storeFault: this.#events.storeFault,
		});
		return room;
	}

	/** One belt for all that have the same encoder: its line can be taken only once. */
	#beltOf({ encoder }: OutputConfig): Belt {
		const key = JSON.stringify(encoder ?? {});
		const belt = this.#belts.get(key) ?? createBelt(encoder, () => this.#beltChanged(key));
		this.#belts.set(key, belt);
		return belt;
	}

	#holdsElsewhere({ cameras }: OutputConfig): boolean {
		const mine = cameras ?? this.#setup.cameras;
		const holding = this.#setup.outputs.filter(({ drives }) => drives === 'hold');
		return mine.every((camera) => holding.some((other) => (other.cameras ?? this.#setup.cameras).includes(camera)));
	}

	#trackersOf(camera: string): readonly RejectTracker[] {
		return this.#rooms.flatMap(({ tracker, config }) =>
			tracker && (config.cameras?.includes(camera) ?? true) ? [tracker] : [],
		);
	}

	#partOf(camera: string, { sequence, partId, monotonicMs: at }: AcquiredShot): TrackedPart {
		const { station, bootId } = this.#setup;
		const resultId = `${station}-${bootId}-${camera}-${sequence}`;
		return { camera, sequence, resultId, ...(partId ? { partId } : {}), monotonicMs: at };
	}

	#rest(room: Room): void {
		room.clearing?.();
		room.clearing = undefined;
		this.#setResting(room, true);
	}

	/** The level at rest ends when the belt has carried past what came by uninspected. */
	#clear(room: Room): void {
		if (!room.resting || room.clearing) return;
		const { belt, config } = room;
		const past = belt.positionAt(monotonicMs()) + (travelOf(config)?.length ?? 0);
		room.clearing = belt.reach(past, () => {
			room.clearing = undefined;
			this.#setResting(room, false);
		});
		// Reached at once.
		if (!room.resting) room.clearing = undefined;
	}

	#setResting(room: Room, resting: boolean): void {
		room.resting = resting;
		// Should it fail, the wire has its level once it can be driven again.
		if (room.config.whenStopped === 'on') room.driver.rest(resting).catch(() => {});
	}

	/** Parts are on their way to an output. */
	#areComing(): boolean {
		return this.#rooms.some(({ tracker, belt }) => tracker && tracker.inTransit > 0 && belt.state().perSecond !== 0);
	}

	#inspects({ cameras }: OutputConfig): boolean {
		return (cameras ?? this.#setup.cameras).every((camera) => this.#inspecting.has(camera));
	}

	#isWell(config: OutputConfig): boolean {
		return this.#inspects(config) && this.#rooms.every(({ fault, belt }) => !fault && !belt.state().fault);
	}

	#setFault(room: Room, error: AndonError | undefined): void {
		const { id, stopOnFault } = room.config;
		if (error) this.#log.error({ output: id, code: error.code }, error.message);
		else if (room.fault) this.#log.info({ output: id }, 'the output can be driven again');
		room.fault = error && { code: error.code, message: error.message, since: new Date().toISOString() };
		this.#events.change();
		if (error && stopOnFault) this.#pause(`the output ${id} cannot be driven`);
	}

	#beltChanged(key: string): void {
		const belt = this.#belts.get(key);
		const fault = belt?.state().fault;
		if (fault) this.#log.error({ code: fault.code }, fault.message);
		this.#events.change();
		const stops = this.#rooms.some((room) => room.belt === belt && room.config.stopOnFault);
		if (fault && stops) this.#pause('the encoder is lost');
	}

	#missed({ config, driver }: Room, part: TrackedPart, why: string): void {
		const { id: output, stopOnFault } = config;
		const message = `${driver.name} was not driven for part ${part.partId ?? part.resultId}: ${why}`;
		this.#log.error({ output, resultId: part.resultId, code: 'OUTPUT_UNAVAILABLE' }, message);
		const { camera, resultId, partId } = part;
		const { station } = this.#setup;
		const at = new Date().toISOString();
		this.#events.alert({
			kind: 'station',
			code: 'OUTPUT_UNAVAILABLE',
			station,
			output,
			camera,
			resultId,
			partId,
			at,
			message,
		});
		if (stopOnFault) this.#pause(message);
	}

	/** Once, until parts are inspected again. */
	#pause(reason: string): void {
		if (this.#pausing) return;
		this.#pausing = true;
		this.#events.pause(reason);
	}
}
