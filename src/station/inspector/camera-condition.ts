/** How one camera is: what its inspector does, what is wrong with either, and what was counted since boot. */
import { monotonicMs } from '../../base/clock.ts';
import type { AndonError } from '../../base/errors.ts';
import type { CameraState, Fault } from '../station-view.ts';

type Status = CameraState['status'];

/** Its process is there. */
const UP: readonly Status[] = ['running', 'paused', 'ended'];

export class CameraCondition {
	readonly #onChange: () => void;
	#status: Status = 'stopped';
	/** `monotonicMs`. */
	#since = monotonicMs();
	/** Why its process was started again, until it is up. */
	#processFault: Fault | undefined;
	/** What that process says of its camera. */
	#cameraFault: Fault | undefined;
	#missed = 0;
	#restarts = 0;
	#recycled = 0;

	constructor(onChange: () => void) {
		this.#onChange = onChange;
	}

	get isUp(): boolean {
		return UP.includes(this.#status);
	}

	/** Since when it has had its status, `monotonicMs`. */
	get since(): number {
		return this.#since;
	}

	set(status: Status): void {
		if (status !== this.#status) this.#since = monotonicMs();
		this.#status = status;
		this.#onChange();
	}

	/** Its process is up. */
	ready(paused: boolean): void {
		this.#processFault = undefined;
		this.set(paused ? 'paused' : 'running');
	}

	pause(paused: boolean): void {
		if (this.#status === 'running' || this.#status === 'paused') this.set(paused ? 'paused' : 'running');
	}

	missed(): void {
		this.#missed++;
	}

	recycled(): void {
		this.#recycled++;
	}

	/** Its process is gone; the next one looks at its camera anew. */
	gone(): void {
		this.#cameraFault = undefined;
	}

	/** And is started again because of this. */
	died({ code, message }: AndonError): void {
		this.#restarts++;
		this.#processFault = { code, message, since: new Date().toISOString() };
		this.set('restarting');
	}

	/** Since when it is so stays, while it is the same. */
	camera(fault: Omit<Fault, 'since'> | undefined): void {
		const { code, message, blind } = this.#cameraFault ?? {};
		if (fault?.code === code && fault?.message === message && fault?.blind === blind) return;
		this.#cameraFault = fault && { ...fault, since: new Date().toISOString() };
		this.#onChange();
	}

	state(): Pick<CameraState, 'status' | 'missed' | 'restarts' | 'recycled' | 'fault'> {
		const fault = this.#processFault ?? this.#cameraFault;
		return {
			status: this.#status,
			missed: this.#missed,
			restarts: this.#restarts,
			recycled: this.#recycled,
			...(fault ? { fault } : {}),
		};
	}
}
