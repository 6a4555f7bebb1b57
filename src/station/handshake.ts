/** What one camera is doing, in the states and events of OPC UA for Machine Vision, so that a PLC can follow it. */
import type { Inspection, RecipeReference } from './inspection.ts';
import type { CameraState, Fault } from './station-view.ts';

/** VisionStateMachineType and VisionAutomaticModeStateMachineType of OPC 40100-1 with their StateNumbers (8.2.6, 8.3.5). */
export const VISION_STATES = {
	Preoperational: 1,
	Halted: 2,
	Error: 3,
	Initialized: 5,
	Ready: 6,
	SingleExecution: 7,
	ContinuousExecution: 8,
} as const;

export type VisionState = keyof typeof VISION_STATES;

/** Named as the event types of OPC 40100-1, 8.2.8 and 8.3.8, without their suffix. */
export type VisionEvent =
	| { readonly event: 'JobStarted' | 'AcquisitionDone' | 'Ready'; readonly jobId: string }
	| {
			readonly event: 'ResultReady';
			readonly jobId: string;
			readonly resultId: string;
			readonly partId: string;
			readonly verdict: Inspection['verdict'];
			readonly disposition: Inspection['disposition'];
	  }
	| { readonly event: 'RecipePrepared'; readonly recipe: RecipeReference }
	| { readonly event: 'Error'; readonly code: string; readonly message: string };

export interface HandshakeEvents {
	/** @param jobId of the job in work */
	state(state: VisionState, jobId: string | undefined): void;
	event(event: VisionEvent): void;
}

export class Handshake {
	readonly #isSingle: boolean;
	readonly #prefix: string;
	readonly #events: HandshakeEvents;
	#state: VisionState = 'Preoperational';
	#error: Fault | undefined;
	/** Where it stands apart from jobs. */
	#rest: 'Preoperational' | 'Halted' | 'Error' | 'Initialized' | 'Ready' = 'Preoperational';
	/** Of the recipe that was told last. */
	#prepared: string | undefined;
	/** Jobs of one part each, in work. */
	readonly #jobs = new Set<string>();
	/** Of parts in work: a result may be ready when its job has long ended. */
	readonly #jobOfPart = new Map<number, string>();
	/** Continuous jobs since boot, and the one in work. */
	#count = 0;
	#continuous: string | undefined;

	/**
	 * @param isSingle each part is a job of its own, because somebody asks for it; else one job goes on until it is stopped
	 * @param prefix of result ids: `<station>-<boot id>-<camera>`
	 */
	constructor(isSingle: boolean, prefix: string, events: HandshakeEvents) {
		this.#isSingle = isSingle;
		this.#prefix = prefix;
		this.#events = events;
	}

	get state(): VisionState {
		return this.#state;
	}

	/** Says the state again. */
	tell(): void {
		this.#events.state(this.#state, this.#continuous ?? [...this.#jobs].at(-1));
	}

	/** The camera's state may be another one, or the recipe that is in force. */
	look({ status, fault }: Pick<CameraState, 'status' | 'fault'>, recipe: RecipeReference): void {
		if (recipe.hash !== this.#prepared) this.#events.event({ event: 'RecipePrepared', recipe });
		this.#prepared = recipe.hash;
		const error = status === 'restarting' || fault?.blind ? fault : undefined;
		this.#rest = restOf(status, error !== undefined);
		if (error && error.since !== this.#error?.since)
			this.#events.event({ event: 'Error', code: error.code, message: error.message });
		this.#error = error;
		this.#settle();
	}

	/** @param seen whether its frame is there, so that the part may move on */
	acquired(sequence: number, seen: boolean): void {
		const single = `${this.#prefix}-${sequence}`;
		const jobId = this.#isSingle ? single : (this.#continuous ?? this.#continuousId());
		this.#jobOfPart.set(sequence, jobId);
		if (this.#isSingle) this.#start(jobId);
		if (seen) this.#events.event({ event: 'AcquisitionDone', jobId });
	}

	/** Its record is durable. */
	recorded({ sequence, resultId, partId, verdict, disposition }: Inspection): void {
		const jobId = this.#jobOfPart.get(sequence) ?? this.#continuousId();
		this.#jobOfPart.delete(sequence);
		this.#events.event({ event: 'ResultReady', jobId, resultId, partId, verdict, disposition });
		if (!this.#jobs.delete(jobId)) return;
		this.#settle();
		if (this.#state === 'Ready') this.#events.event({ event: 'Ready', jobId });
	}

	/** Of the newest continuous job. */
	#continuousId(): string {
		return `${this.#prefix}-job-${this.#count}`;
	}

	#start(jobId: string): void {
		this.#jobs.add(jobId);
		this.#settle();
		this.#events.event({ event: 'JobStarted', jobId });
	}

	/** From where it stands and what is in work to the state that follows. */
	#settle(): void {
		const runs = this.#rest === 'Ready' && !this.#isSingle;
		if (runs && !this.#continuous) {
			this.#count++;
			this.#continuous = this.#continuousId();
			this.#enter('ContinuousExecution');
			this.#events.event({ event: 'JobStarted', jobId: this.#continuous });
		} else if (!runs && this.#continuous) {
			const jobId = this.#continuous;
			this.#continuous = undefined;
			// A job that is stopped leaves its execution for Ready, whatever follows; one that fails does not.
			if (this.#rest !== 'Error') {
				this.#enter('Ready');
				this.#events.event({ event: 'Ready', jobId });
			}
			this.#enter(this.#rest);
		} else if (!runs) this.#enter(this.#rest === 'Ready' && this.#jobs.size > 0 ? 'SingleExecution' : this.#rest);
	}

	#enter(state: VisionState): void {
		if (state === this.#state) return;
		this.#state = state;
		this.tell();
	}
}

function restOf(status: CameraState['status'], isError: boolean) {
	if (isError) return 'Error';
	switch (status) {
		case 'starting':
		case 'restarting':
			return 'Preoperational';
		case 'stopped':
			return 'Halted';
		// A line that is paused, or has no more parts, takes no job.
		case 'paused':
		case 'ended':
			return 'Initialized';
		case 'running':
			return 'Ready';
	}
}
