/** Several things can be wrong with a camera at once; the worst of them is told. */
import type { AndonError } from '../../../base/errors.ts';
import type { CameraFault } from '../camera.ts';

/** Worst first: without a device nothing else can be judged. */
const KINDS = ['device', 'sensor', 'frames', 'picture'] as const;

export type FaultKind = (typeof KINDS)[number];

export class CameraFaults {
	readonly #report: (fault: CameraFault | undefined) => void;
	readonly #faults = new Map<FaultKind, CameraFault>();
	#told: CameraFault | undefined;

	constructor(report: (fault: CameraFault | undefined) => void) {
		this.#report = report;
	}

	/** @param fault undefined: well again @param blind nothing can be inspected while it lasts */
	set(kind: FaultKind, fault: AndonError | undefined, blind = true): void {
		if (fault) this.#faults.set(kind, { code: fault.code, message: fault.message, blind });
		else if (!this.#faults.delete(kind)) return;
		const worst = KINDS.map((one) => this.#faults.get(one)).find((one) => one !== undefined);
		if (
			worst?.code === this.#told?.code &&
			worst?.message === this.#told?.message &&
			worst?.blind === this.#told?.blind
		)
			return;
		this.#told = worst;
		this.#report(worst);
	}
}
