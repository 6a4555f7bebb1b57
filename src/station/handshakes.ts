/** The handshakes of all cameras of a station, and how others hear of them. */
import { Handshake, VISION_STATES, type VisionState } from './handshake.ts';
import type { Inspection, RecipeReference } from './inspection.ts';
import type { AcquiredShot } from './inspector/messages.ts';
import type { CameraState } from './station-view.ts';

export interface HandshakeSetup {
	readonly station: string;
	readonly bootId: string;
	readonly cameras: readonly {
		readonly id: string;
		/** Each part is a job of its own, because somebody asks for it. */
		readonly isSingle: boolean;
		/** Its frame is there when a part is named. */
		readonly isLive: boolean;
	}[];
}

/** Topics are below `<prefix>/<station>/`. */
interface Teller {
	/** The newest is kept for those who come later. */
	publishKept(topic: string, value: object): void;
	publishEvent(topic: string, value: object): void;
}

export class Handshakes {
	readonly #byCamera = new Map<string, Handshake>();
	readonly #live: ReadonlySet<string>;

	/** @param teller absent where nobody wants to hear of it */
	constructor({ station, bootId, cameras }: HandshakeSetup, teller: Teller | undefined) {
		this.#live = new Set(cameras.filter(({ isLive }) => isLive).map(({ id }) => id));
		for (const { id, isSingle } of cameras) {
			const topic = `handshake/${id}`;
			const said = (facts: object) => ({ station, camera: id, at: new Date().toISOString(), ...facts });
			const handshake = new Handshake(isSingle, `${station}-${bootId}-${id}`, {
				state: (state, jobId) => teller?.publishKept(topic, said({ ...describe(state), ...(jobId ? { jobId } : {}) })),
				event: (event) => teller?.publishEvent(`${topic}/event`, said(event)),
			});
			this.#byCamera.set(id, handshake);
		}
	}

	/** Tells where every camera stands before anything happens. */
	tell(): void {
		for (const handshake of this.#byCamera.values()) handshake.tell();
	}

	stateOf(camera: string): VisionState {
		return this.#byCamera.get(camera)?.state ?? 'Preoperational';
	}

	look(cameras: readonly CameraState[], recipe: RecipeReference): void {
		for (const camera of cameras) this.#byCamera.get(camera.id)?.look(camera, recipe);
	}

	acquired(camera: string, { sequence, missed }: AcquiredShot): void {
		this.#byCamera.get(camera)?.acquired(sequence, this.#live.has(camera) && !missed);
	}

	recorded(inspection: Inspection): void {
		this.#byCamera.get(inspection.camera)?.recorded(inspection);
	}
}

/** `Operational` is the state of which the last four are parts. */
function describe(state: VisionState) {
	return { state, stateNumber: VISION_STATES[state], operational: VISION_STATES[state] > 4 };
}
