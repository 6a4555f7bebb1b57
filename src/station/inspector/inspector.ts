/** The supervisor's side of one camera's inspector: keeps a process running, replaces it when it dies, and loses no part. */
import type { AndonError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { FrameReport } from '../feedback/frame-keeper.ts';
import type { CameraState } from '../station-view.ts';
import type { ToGolden } from './golden-messages.ts';
import { type Heard, InspectorProcess } from './inspector-process.ts';
import type { AcquiredShot, FromGolden, Result, Start, ToInspector } from './messages.ts';

/** What is constant over restarts; the rest of `Start` changes. */
export type InspectorSetup = Omit<Start, 'kind' | 'cursor' | 'sequence' | 'operatingPoint' | 'paused' | 'previews'>;

export interface InspectorEvents {
	/** A part has its decision, or the reason why it has none. */
	part(shot: AcquiredShot, outcome: Result | { readonly lost: string }): void;
	preview(sequence: number, jpeg: Uint8Array): void;
	/** What a decided part's frame looks like; after `part`. */
	statistics?(sequence: number, statistics: InputStatistics): void;
	/** What came of a golden part, apart from the record that a presented one has too. */
	golden(message: FromGolden): void;
	/** The process ended before it was told to. */
	lost(error: AndonError): void;
	/** A picture was written as a file, or lost. */
	frame(report: FrameReport): void;
	/** The state has changed. */
	change(): void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

export class Inspector {
	readonly #setup: InspectorSetup;
	readonly #events: InspectorEvents;
	readonly #log: Logger;
	#process: InspectorProcess | undefined;
	#status: CameraState['status'] = 'stopped';
	#fault: CameraState['fault'];
	#provider: string | undefined;
	#cursor: unknown;
	#operatingPoint: OperatingPoint;
	#paused: boolean;
	#previews = false;
	#sequence = 0;
	#inWork: AcquiredShot | undefined;
	#restarts = 0;
	/** Deaths since the last decision. */
	#failures = 0;
	#timer: NodeJS.Timeout | undefined;
	#stopping = false;
	#changes = new Map<number, () => void>();
	#change = 0;

	/** @param cursor where the camera goes on; undefined at the very first start */
	constructor(
		setup: InspectorSetup,
		initial: { cursor: unknown; operatingPoint: OperatingPoint; paused: boolean },
		events: InspectorEvents,
		log: Logger,
	) {
		this.#setup = setup;
		this.#cursor = initial.cursor;
		this.#operatingPoint = initial.operatingPoint;
		this.#paused = initial.paused;
		this.#events = events;
		this.#log = log;
	}

	/** Resolves when it inspects. @throws what kept it from starting; it is not tried again then */
	async start(): Promise<void> {
		this.#stopping = false;
		this.#setStatus('starting');
		await new Promise<void>((resolve, reject) => this.#spawn({ ready: resolve, failed: reject }));
	}

	/** Lets the part in work be finished, then ends the process; kills it when that takes too long. */
	async stop(): Promise<void> {
		this.#stopping = true;
		clearTimeout(this.#timer);
		await this.#process?.stop();
		this.#setStatus('stopped');
	}

	/** Resolves once every later part is judged by it. */
	async setOperatingPoint(operatingPoint: OperatingPoint): Promise<void> {
		this.#operatingPoint = operatingPoint;
		await this.#apply((change) => ({ kind: 'operating-point', change, operatingPoint }));
	}

	/** Resolves once no further part is acquired, or parts are again. */
	async setPaused(paused: boolean): Promise<void> {
		this.#paused = paused;
		await this.#apply((change) => ({ kind: 'pause', change, paused }));
		if (this.#status === 'running' || this.#status === 'paused') this.#setStatus(paused ? 'paused' : 'running');
	}

	setPreviews(wanted: boolean): void {
		this.#previews = wanted;
		this.#tell({ kind: 'previews', wanted });
	}

	/** Says that a part's record is durable. */
	recorded(sequence: number): void {
		this.#tell({ kind: 'recorded', sequence });
	}

	get camera(): string {
		return this.#setup.camera;
	}

	/** Its process is up. */
	get ready(): boolean {
		return this.#process !== undefined && ['running', 'paused', 'ended'].includes(this.#status);
	}

	/** @returns false when there is no process to hear it */
	tellGolden(message: ToGolden): boolean {
		return this.#tell(message);
	}

	/** Proved by the reference frames; absent before the first start. */
	get provider(): string | undefined {
		return this.#provider;
	}

	state(): CameraState {
		return {
			id: this.#setup.camera,
			source: this.#setup.source,
			status: this.#status,
			...(this.#process?.pid ? { pid: this.#process.pid } : {}),
			sequence: this.#sequence,
			restarts: this.#restarts,
			...(this.#fault ? { fault: this.#fault } : {}),
		};
	}

	#spawn(first?: { ready(): void; failed(error: unknown): void }): void {
		this.#process = new InspectorProcess(this.#setup.deadlineMs, {
			message: (message) => {
				this.#hear(message);
				if (message.kind === 'ready') first?.ready();
			},
			ended: (why) => {
				this.#bury(why);
				if (first && this.#provider === undefined) first.failed(why);
				else this.#restart(why);
			},
		});
		this.#tell(this.#startMessage());
	}

	#startMessage(): Start {
		return {
			...this.#setup,
			kind: 'start',
			cursor: this.#cursor,
			sequence: this.#sequence + 1,
			operatingPoint: this.#operatingPoint,
			paused: this.#paused,
			previews: this.#previews,
		};
	}

	#hear(message: Heard): void {
		switch (message.kind) {
			case 'ready':
				this.#provider = message.provider;
				this.#fault = undefined;
				this.#setStatus(this.#paused ? 'paused' : 'running');
				break;
			case 'acquired':
				this.#inWork = message.shot;
				this.#sequence = message.shot.sequence;
				this.#cursor = message.shot.cursor;
				break;
			case 'result':
				this.#finish(message);
				break;
			case 'statistics':
				this.#events.statistics?.(message.sequence, message.statistics);
				break;
			case 'preview':
				this.#events.preview(message.sequence, message.jpeg);
				break;
			case 'injected':
			case 'captured':
			case 'looked':
				this.#events.golden(message);
				break;
			case 'frame':
				this.#events.frame(message);
				break;
			case 'applied':
				this.#changes.get(message.change)?.();
				break;
			case 'camera':
				this.#setCameraFault(message.fault);
				break;
			case 'ended':
				this.#setStatus('ended');
				break;
			case 'alive':
				break;
		}
	}

	#finish(result: Result): void {
		const shot = this.#inWork;
		if (shot?.sequence !== result.sequence) throw new TypeError(`a result of part ${result.sequence} out of turn`);
		this.#inWork = undefined;
		this.#failures = 0;
		this.#events.part(shot, result);
	}

	/** The process is gone, and with it perhaps a part. */
	#bury(error: AndonError): void {
		this.#process = undefined;
		// The next one is started with every change.
		for (const resolve of this.#changes.values()) resolve();
		const shot = this.#inWork;
		this.#inWork = undefined;
		if (shot) this.#events.part(shot, { lost: `${error.message} [${error.code}]` });
		this.#events.lost(error);
	}

	#restart(error: AndonError): void {
		if (this.#stopping) return;
		// At once for the first time, because the line does not wait.
		const delay = this.#failures === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 1), LONGEST_DELAY_MS);
		this.#failures++;
		this.#restarts++;
		this.#fault = { code: error.code, message: error.message, since: new Date().toISOString() };
		this.#log.error({ camera: this.#setup.camera, code: error.code, delay }, error.message);
		this.#setStatus('restarting');
		this.#timer = setTimeout(() => this.#spawn(), delay);
	}

	/** Waits for the inspector's word, or for its end: one that hangs is ended by the watchdog. */
	async #apply(messageOf: (change: number) => ToInspector): Promise<void> {
		const change = ++this.#change;
		const applied = new Promise<void>((resolve) => this.#changes.set(change, resolve));
		this.#tell(messageOf(change));
		if (this.#process) await applied;
		this.#changes.delete(change);
	}

	#tell(message: ToInspector): boolean {
		return this.#process?.tell(message) ?? false;
	}

	/** Since when it is so stays, while it is the same. */
	#setCameraFault(fault: { code: string; message: string } | undefined): void {
		if (fault?.code === this.#fault?.code && fault?.message === this.#fault?.message) return;
		this.#fault = fault && { ...fault, since: new Date().toISOString() };
		this.#events.change();
	}

	#setStatus(status: CameraState['status']): void {
		this.#status = status;
		this.#events.change();
	}
}
