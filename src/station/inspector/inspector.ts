/** The supervisor's side of one camera's inspector process: starts it, watches it, replaces it, and loses no part. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '../../base/error-codes.ts';
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { parseWith } from '../../base/parse.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { FrameReport } from '../feedback/frame-keeper.ts';
import type { CameraState } from '../station-view.ts';
import type { ToGolden } from './golden-messages.ts';
import {
	type AcquiredShot,
	type FromGolden,
	type FromInspector,
	fromInspectorSchema,
	type Result,
	type Start,
	type ToInspector,
} from './messages.ts';
import { Watchdog } from './watchdog.ts';

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

const ENTRY = fileURLToPath(new URL('./inspector-child.ts', import.meta.url));
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** How long a change waits for the inspector's word; one that hangs is replaced by one that knows it. */
const APPLY_MS = 3000;

export class Inspector {
	readonly #setup: InspectorSetup;
	readonly #events: InspectorEvents;
	readonly #log: Logger;
	#child: ChildProcess | undefined;
	#watchdog: Watchdog | undefined;
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
		const child = this.#child;
		if (child) {
			const gone = new Promise<void>((resolve) => child.once('gone', resolve));
			const kill = setTimeout(() => child.kill('SIGKILL'), this.#setup.deadlineMs + 1000);
			this.#tell({ kind: 'stop' });
			await gone;
			clearTimeout(kill);
		}
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
		return this.#child !== undefined && ['running', 'paused', 'ended'].includes(this.#status);
	}

	/** @returns false when there is no process to hear it */
	tellGolden(message: ToGolden): boolean {
		if (!this.#child?.connected) return false;
		this.#tell(message);
		return true;
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
			...(this.#child?.pid ? { pid: this.#child.pid } : {}),
			sequence: this.#sequence,
			restarts: this.#restarts,
			...(this.#fault ? { fault: this.#fault } : {}),
		};
	}

	#spawn(first?: { ready(): void; failed(error: unknown): void }): void {
		const child = fork(ENTRY, [], {
			execPath: process.execPath,
			execArgv: [],
			serialization: 'advanced',
			stdio: ['ignore', process.stderr.fd, process.stderr.fd, 'ipc'],
		});
		this.#child = child;
		let failure: AndonError | undefined;
		this.#watchdog = new Watchdog(this.#setup.deadlineMs, (why) => {
			failure = lost(why);
			child.kill('SIGKILL');
		});
		child.on('message', (received) => {
			try {
				const message = parseWith(fromInspectorSchema, received, 'a message from the inspector');
				this.#watchdog?.heard();
				if (message.kind === 'failed') failure = errorOf(message);
				else this.#hear(message);
				if (message.kind === 'ready') first?.ready();
			} catch (error) {
				failure ??= lost(messageOf(error));
				child.kill('SIGKILL');
			}
		});
		afterEnd(child, (how) => {
			const error = failure ?? lost(how);
			this.#bury(error);
			if (first && this.#provider === undefined) first.failed(error);
			else this.#restart(error);
			child.emit('gone');
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

	#hear(message: Exclude<FromInspector, { kind: 'failed' }>): void {
		switch (message.kind) {
			case 'ready':
				this.#provider = message.provider;
				this.#fault = undefined;
				this.#watchdog?.ready();
				this.#setStatus(this.#paused ? 'paused' : 'running');
				break;
			case 'acquired':
				this.#inWork = message.shot;
				this.#sequence = message.shot.sequence;
				this.#cursor = message.shot.cursor;
				this.#watchdog?.began();
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
		this.#watchdog?.ended();
		this.#events.part(shot, result);
	}

	/** The process is gone, and with it perhaps a part. */
	#bury(error: AndonError): void {
		this.#watchdog?.close();
		this.#child = undefined;
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

	/** Waits for the inspector's word, if there is one; the next one is started with the change. */
	async #apply(messageOf: (change: number) => ToInspector): Promise<void> {
		const change = ++this.#change;
		const applied = new Promise<void>((resolve) => this.#changes.set(change, resolve));
		this.#tell(messageOf(change));
		if (this.#child) await Promise.race([applied, sleep(APPLY_MS, undefined, { ref: false })]);
		this.#changes.delete(change);
	}

	#tell(message: ToInspector): void {
		if (this.#child?.connected) this.#child.send(message, () => {});
	}

	#setStatus(status: CameraState['status']): void {
		this.#status = status;
		this.#events.change();
	}
}

/** Calls back when the process has ended and everything it had said was heard. */
function afterEnd(child: ChildProcess, callback: (how: string) => void): void {
	let left = 2;
	let how = 'it could not be started';
	const end = () => {
		if (--left === 0) callback(how);
	};
	child.once('error', (error) => {
		if (child.pid !== undefined) return;
		how = messageOf(error);
		left = 1;
		end();
	});
	child.once('exit', (code, signal) => {
		how = signal ? `it was ended by ${signal}` : `it ended with code ${code}`;
		end();
	});
	child.once('disconnect', end);
}

function lost(found: string): AndonError {
	return new AndonError('INSPECTOR_LOST', {
		expected: 'the inspector process to go on',
		found,
		fix: 'It is started again by itself; if this repeats, see the log before it and check memory and the bundle.',
	});
}

function errorOf({ code, message, facts }: Extract<FromInspector, { kind: 'failed' }>): AndonError {
	return facts ? new AndonError(code as ErrorCode, facts) : lost(message);
}
