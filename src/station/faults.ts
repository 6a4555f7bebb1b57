/** What is wrong at a station: its own fault, and an alert for each one of a camera. */
import type { Logger } from '../base/log.ts';
import type { CameraState, Fault, OutputState } from './station-view.ts';

interface Alerts {
	/** For the topic `alert`, once it is durable. */
	alert(payload: object): void;
	/** For the topic `alert`, now or never. */
	alertUnrecorded(payload: object): void;
}

export class Faults {
	readonly #station: string;
	readonly #alerts: Alerts;
	readonly #onChange: () => void;
	readonly #log: Logger;
	/** When the fault began that was last told of, by camera and output. */
	readonly #told = new Map<string, string>();
	#current: Fault | undefined;

	/** @param onChange the station's own fault has come or gone */
	constructor(station: string, alerts: Alerts, onChange: () => void, log: Logger) {
		this.#station = station;
		this.#alerts = alerts;
		this.#onChange = onChange;
		this.#log = log;
	}

	/** The station's own. */
	get current(): Fault | undefined {
		return this.#current;
	}

	/** Why nothing can be stored, if so. */
	get store(): Fault | undefined {
		return this.#current?.code === 'STORE_UNWRITABLE' ? this.#current : undefined;
	}

	/** @param message what cannot be stored, or undefined when the store takes everything again */
	ofStore(message: string | undefined): void {
		if (message) this.#log.error({ code: 'STORE_UNWRITABLE' }, message);
		const since = this.store?.since;
		this.#current =
			message === undefined ? undefined : { ...faultOf('STORE_UNWRITABLE', message), ...(since ? { since } : {}) };
		if (this.#current) this.#alerts.alertUnrecorded({ kind: 'station', station: this.#station, ...this.#current });
		this.#onChange();
	}

	/** @param entry the first one of the audit log that does not fit the one before it */
	ofAudit(entry: number): void {
		this.#log.error({ entry }, 'the audit log was changed from outside');
		this.#current = faultOf('STORE_INVALID', `The audit log was changed from outside: entry ${entry} does not fit.`);
	}

	/** Tells of every fault of a camera or an output once. */
	look(cameras: readonly CameraState[], outputs: readonly OutputState[] = []): void {
		for (const { id, fault } of cameras) this.#tellOnce(fault, { camera: id });
		for (const { id, fault } of outputs) this.#tellOnce(fault, { output: id });
	}

	#tellOnce(fault: Fault | undefined, of: { camera: string } | { output: string }): void {
		const key = JSON.stringify(of);
		if (!fault || this.#told.get(key) === fault.since) return;
		this.#told.set(key, fault.since);
		this.#alerts.alert({ kind: 'station', station: this.#station, ...of, ...fault });
	}
}

function faultOf(code: Fault['code'], message: string): Fault {
	return { code, message, since: new Date().toISOString() };
}
