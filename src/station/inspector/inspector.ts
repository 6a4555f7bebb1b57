/** The supervisor's side of one camera's inspector: keeps a process running, replaces it when it dies, and loses no part. */
import { monotonicMs } from '../../base/clock.ts';
import type { ErrorCode } from '../../base/error-codes.ts';
import { AndonError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Placement } from '../../inference/read-placement.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { TriggerRequest } from '../cameras/camera.ts';
import type { FrameReport } from '../feedback/frame-keeper.ts';
import { PROOF_PATIENCE_MS } from '../providers/patience.ts';
import type { CameraState } from '../station-view.ts';
import type { InspectorProgress } from '../supervision/progress.ts';
import { CameraCondition } from './camera-condition.ts';
import { Changes } from './changes.ts';
import type { ToGolden } from './golden-messages.ts';
import { type Heard, InspectorProcess } from './inspector-process.ts';
import { MemoryWatch } from './memory-watch.ts';
import type {
	AcquiredShot,
	Compared,
	FromGolden,
	InspectorRecipe,
	Result,
	Shadow,
	Start,
	ToInspector,
} from './messages.ts';
import { PartsInWork } from './parts-in-work.ts';

/** What is constant over restarts; the rest of `Start` changes. */
export interface InspectorSetup
	extends Omit<Start, 'kind' | 'cursor' | 'sequence' | 'recipe' | 'standBy' | 'shadow' | 'paused' | 'previews'> {
	/** Its process is replaced when it uses more. */
	readonly maxMemoryMb: number;
	/** What its camera can be asked for. */
	readonly asks?: CameraState['asks'];
}

export interface InspectorEvents {
	/** A part was triggered; `part` follows, whatever happens. */
	acquired(shot: AcquiredShot): void;
	/** A part has its decision, or the reason why it has none. */
	part(shot: AcquiredShot, outcome: Result | { readonly lost: string }): void;
	preview(sequence: number, jpeg: Uint8Array): void;
	/** What a decided part's frame looks like; after `part`. */
	statistics?(sequence: number, statistics: InputStatistics): void;
	/** What a candidate would have decided over a part; after `part`. */
	shadow?(sequence: number, compared: Compared | undefined): void;
	/** What came of a golden part, apart from the record that a presented one has too. */
	golden(message: FromGolden): void;
	/** The process ended before it was told to. */
	lost(error: AndonError): void;
	/** A picture was written as a file, or lost. */
	frame(report: FrameReport): void;
	/** The state has changed. */
	change(): void;
}

/** Nothing is to do when no part has come for so long, ms. */
const IDLE_MS = 1000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

export class Inspector {
	readonly #setup: InspectorSetup;
	readonly #events: InspectorEvents;
	readonly #log: Logger;
	#process: InspectorProcess | undefined;
	readonly #condition: CameraCondition;
	#provider: string | undefined;
	#placement: Placement | undefined;
	#cursor: unknown;
	#recipe: InspectorRecipe;
	#standBy: readonly InspectorRecipe[];
	#shadow: Shadow | undefined;
	#paused: boolean;
	#previews = false;
	#sequence = 0;
	readonly #inWork = new PartsInWork();
	readonly #memory: MemoryWatch;
	readonly #changes = new Changes();
	/** Moments, as in `progress`. */
	#heardAt = monotonicMs();
	#movedAt = monotonicMs();
	#recycling = false;
	/** Deaths since the last decision. */
	#failures = 0;
	#timer: NodeJS.Timeout | undefined;
	#stopping = false;

	/** @param cursor where the camera goes on; undefined at the very first start */
	constructor(
		setup: InspectorSetup,
		initial: {
			cursor: unknown;
			recipe: InspectorRecipe;
			standBy: readonly InspectorRecipe[];
			shadow?: Shadow;
			paused: boolean;
		},
		events: InspectorEvents,
		log: Logger,
	) {
		this.#setup = setup;
		this.#condition = new CameraCondition(() => events.change());
		this.#memory = new MemoryWatch(setup.maxMemoryMb);
		this.#cursor = initial.cursor;
		this.#recipe = initial.recipe;
		this.#standBy = initial.standBy;
		this.#shadow = initial.shadow;
		this.#paused = initial.paused;
		this.#events = events;
		this.#log = log;
	}

	/** Resolves when it inspects. @throws what kept it from starting; it is not tried again then */
	async start(): Promise<void> {
		this.#stopping = false;
		this.#condition.set('starting');
		await new Promise<void>((resolve, reject) => this.#spawn({ ready: resolve, failed: reject }));
	}

	/** Lets the part in work be finished, then ends the process; kills it when that takes too long. */
	async stop(): Promise<void> {
		this.#stopping = true;
		clearTimeout(this.#timer);
		await this.#process?.stop();
		this.#condition.set('stopped');
	}

	/** Resolves once every later part is judged by it. */
	async setOperatingPoint(operatingPoint: OperatingPoint): Promise<void> {
		this.#recipe = { ...this.#recipe, operatingPoint };
		await this.#changes.ask((change) => this.#tell({ kind: 'operating-point', change, operatingPoint }));
	}

	/**
	 * Has a recipe loaded and proved beside the one in force. Without a process there is nothing to prove it in: the next one
	 * starts with what is in force by then.
	 *
	 * @throws what is wrong with it, INSPECTOR_LOST when the process ended over it
	 */
	async prepare(recipe: InspectorRecipe): Promise<void> {
		if (!this.ready) return;
		const outcome = await this.#changes.ask((change) => this.#tell({ kind: 'prepare', change, recipe }));
		if (outcome === 'gone') throw absent(this.camera);
	}

	/** Resolves once every part that is triggered later is decided by it. @param standBy kept loaded beside it */
	async settle(recipe: InspectorRecipe, standBy: readonly InspectorRecipe[], shadow?: Shadow): Promise<void> {
		this.#shadow = shadow;
		this.#recipe = recipe;
		this.#standBy = standBy;
		const keep = standBy.map(({ scope }) => scope);
		const settled = await this.#changes
			.ask((change) =>
				this.#tell({
					kind: 'settle',
					change,
					scope: recipe.scope,
					keep,
					shadow,
				}),
			)
			.catch(() => {});
		if (!settled) await this.#replace();
	}

	/** Resolves once no further part is acquired, or parts are again. */
	async setPaused(paused: boolean): Promise<void> {
		this.#paused = paused;
		await this.#changes.ask((change) => this.#tell({ kind: 'pause', change, paused }));
		this.#condition.pause(paused);
	}

	setPreviews(wanted: boolean): void {
		this.#previews = wanted;
		this.#tell({ kind: 'previews', wanted });
	}

	/** Says that a part's record is durable. */
	recorded(sequence: number): void {
		this.#tell({ kind: 'recorded', sequence });
	}

	/**
	 * Asks for a part.
	 *
	 * @returns the part, once it is named; its record follows
	 * @throws CAMERA_TRIGGER_REFUSED when the camera takes no such request, INSPECTOR_LOST when its process is not there
	 */
	trigger(request: TriggerRequest): Promise<AcquiredShot> {
		const part = this.#inWork.ask(request.id);
		if (!this.#tell({ kind: 'trigger', request })) this.#inWork.refuse(request.id, absent(this.camera));
		return part;
	}

	get camera(): string {
		return this.#setup.camera;
	}

	/** Its process is up. */
	get ready(): boolean {
		return this.#process !== undefined && this.#condition.isUp;
	}

	/** @returns false when there is no process to hear it */
	tellGolden(message: ToGolden): boolean {
		return this.#tell(message);
	}

	/** Signs of work, for whoever watches over the station. */
	progress(): InspectorProgress {
		return {
			camera: this.camera,
			heardAt: this.#heardAt,
			...(this.ready ? {} : { awaySince: this.#condition.since }),
			...(this.#inWork.count > 0 ? { waitingSince: this.#movedAt } : {}),
		};
	}

	/** Proved by the reference frames; absent before the first start. */
	get provider(): string | undefined {
		return this.#provider;
	}

	/** Which provider runs which nodes of the model; absent before the first start. */
	get placement(): Placement | undefined {
		return this.#placement;
	}

	state(): CameraState {
		return {
			id: this.#setup.camera,
			source: this.#setup.source,
			...this.#condition.state(),
			...(this.#setup.asks ? { asks: this.#setup.asks } : {}),
			...(this.#process?.pid ? { pid: this.#process.pid } : {}),
			sequence: this.#sequence,
			waiting: Math.max(0, this.#inWork.count - 1),
			...(this.#memory.bytes === undefined ? {} : { memoryBytes: this.#memory.bytes }),
		};
	}

	#spawn(first?: { ready(): void; failed(error: unknown): void }): void {
		const startMs = PROOF_PATIENCE_MS[this.#recipe.provider];
		this.#process = new InspectorProcess(this.#setup.deadlineMs, startMs, {
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
		const { maxMemoryMb: _, asks: __, ...setup } = this.#setup;
		return {
			...setup,
			kind: 'start',
			cursor: this.#cursor,
			sequence: this.#sequence + 1,
			recipe: this.#recipe,
			standBy: this.#standBy,
			shadow: this.#shadow,
			paused: this.#paused,
			previews: this.#previews,
		};
	}

	#hear(message: Heard): void {
		this.#heardAt = monotonicMs();
		switch (message.kind) {
			case 'ready':
				this.#provider = message.provider;
				this.#placement = message.placement;
				this.#condition.ready(this.#paused);
				break;
			case 'acquired':
				this.#begin(message.shot);
				break;
			case 'result':
				this.#finish(message);
				break;
			case 'statistics':
				this.#events.statistics?.(message.sequence, message.statistics);
				break;
			case 'shadow':
				this.#events.shadow?.(message.sequence, message.compared);
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
				this.#changes.answer(message.change, 'applied');
				break;
			case 'not-applied':
				this.#changes.answer(message.change, errorOf(message));
				break;
			case 'camera':
				this.#condition.camera(message.fault);
				break;
			case 'ended':
				this.#condition.set('ended');
				break;
			case 'refused':
				this.#inWork.refuse(message.trigger, new AndonError(message.code as ErrorCode, message.facts));
				break;
			case 'alive':
				this.#weigh(message.memory);
				break;
		}
	}

	#begin(shot: AcquiredShot): void {
		this.#sequence = shot.sequence;
		if (shot.missed) this.#condition.missed();
		if (shot.cursor !== undefined) this.#cursor = shot.cursor;
		if (this.#inWork.count === 0) this.#movedAt = monotonicMs();
		this.#inWork.begin(shot);
		this.#events.acquired(shot);
	}

	/** A process that leaks is replaced by a fresh one, between parts where that is possible. */
	#weigh(bytes: number): void {
		if (!this.ready || !this.#memory.weigh(bytes, this.#inWork.isIdle(IDLE_MS)) || this.#recycling) return;
		this.#log.warn({ camera: this.camera, bytes }, 'the inspector uses too much memory and is replaced');
		void this.#replace();
	}

	/** By a process that starts afresh; parts in work are decided before. */
	async #replace(): Promise<void> {
		this.#recycling = true;
		await this.#process?.stop();
	}

	#finish(result: Result): void {
		const shot = this.#inWork.finish(result.sequence);
		this.#movedAt = monotonicMs();
		this.#failures = 0;
		this.#events.part(shot, result);
	}

	/** The process is gone, and with it perhaps a part. */
	#bury(error: AndonError): void {
		this.#process = undefined;
		this.#condition.gone();
		this.#memory.reset();
		this.#changes.abandon();
		for (const shot of this.#inWork.lose(error)) this.#events.part(shot, { lost: `${error.message} [${error.code}]` });
		this.#events.lost(error);
	}

	#restart(error: AndonError): void {
		if (this.#stopping) return;
		if (this.#recycling) {
			this.#recycling = false;
			this.#condition.recycled();
			this.#spawn();
			return;
		}
		// At once for the first time, because the line does not wait.
		const delay = this.#failures === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 1), LONGEST_DELAY_MS);
		this.#failures++;
		this.#log.error({ camera: this.#setup.camera, code: error.code, delay }, error.message);
		this.#condition.died(error);
		this.#timer = setTimeout(() => this.#spawn(), delay);
	}

	#tell(message: ToInspector): boolean {
		return this.#process?.tell(message) ?? false;
	}
}

function errorOf({ code, message, facts }: Extract<Heard, { kind: 'not-applied' }>): AndonError {
	const unknown = { expected: 'the recipe to be loaded', found: message, fix: 'See the log of the inspector.' };
	return facts ? new AndonError(code as ErrorCode, facts) : new AndonError('INSPECTOR_LOST', unknown);
}

function absent(camera: string): AndonError {
	return new AndonError('INSPECTOR_LOST', {
		expected: `the inspector of ${camera} to be running`,
		found: 'it is being started',
		fix: 'Ask again in a moment.',
	});
}
