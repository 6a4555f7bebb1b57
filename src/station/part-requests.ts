/** Parts that somebody asks for, by a command, a button or a posted image, and the records that answer them. */
import { randomUUID } from 'node:crypto';
import { monotonicMs } from '../base/clock.ts';
import { AndonError } from '../base/errors.ts';
import type { Asks } from './cameras/asks.ts';
import type { Inspection } from './inspection.ts';
import type { Inspector } from './inspector/inspector.ts';
import type { AcquiredShot } from './inspector/messages.ts';

export interface PartRequest {
	/** The only camera that takes such requests, if absent. */
	readonly camera?: string;
	readonly partId?: string;
	/** An encoded image to inspect. */
	readonly image?: Uint8Array;
}

interface Waiting {
	resolve(inspection: Inspection): void;
	reject(error: unknown): void;
}

/** Requests of a station that are not answered yet, at most: more would only wait. */
const MOST_WAITING = 16;

export class PartRequests {
	readonly #cameras: ReadonlyMap<string, Asks>;
	readonly #inspectorOf: (camera: string) => Inspector | undefined;
	readonly #waiting = new Map<string, Waiting>();

	/** @param cameras what each camera of the station can be asked for */
	constructor(cameras: ReadonlyMap<string, Asks>, inspectorOf: (camera: string) => Inspector | undefined) {
		this.#cameras = cameras;
		this.#inspectorOf = inspectorOf;
	}

	/**
	 * Resolves with the part's record once it is durable; a part that came to nothing is answered too, by `not-inspected`.
	 *
	 * @throws CAMERA_TRIGGER_REFUSED when no camera takes the request, LINE_PAUSED, QUEUE_FULL when too many wait,
	 *   INSPECTOR_LOST, STORE_UNWRITABLE
	 */
	async ask({ camera, partId, image }: PartRequest): Promise<Inspection> {
		const inspector = this.#inspectorOf(this.#cameraFor(camera, image ? 'image' : 'part'));
		if (this.#waiting.size >= MOST_WAITING) throw tooMany();
		const id = randomUUID();
		const record = new Promise<Inspection>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
		// It is looked at below, once the part is named.
		record.catch(() => {});
		try {
			const at = new Date().toISOString();
			await inspector?.trigger({ id, at, monotonicMs: monotonicMs(), partId, image });
			return await record;
		} finally {
			this.#waiting.delete(id);
		}
	}

	/** A part's record is durable. */
	recorded({ trigger }: AcquiredShot, inspection: Inspection): void {
		if (trigger !== undefined) this.#waiting.get(trigger)?.resolve(inspection);
	}

	/** A part's record is lost. */
	failed({ trigger }: AcquiredShot, why: unknown): void {
		if (trigger !== undefined) this.#waiting.get(trigger)?.reject(why);
	}

	#cameraFor(named: string | undefined, asked: NonNullable<Asks>): string {
		const able = [...this.#cameras].filter(([, asks]) => asks === asked).map(([id]) => id);
		if (named !== undefined && able.includes(named)) return named;
		if (named === undefined && able.length === 1) return able[0];
		throw noCamera(named, asked, able);
	}
}

function noCamera(named: string | undefined, asked: NonNullable<Asks>, able: readonly string[]): AndonError {
	const kind = asked === 'image' ? '`source: http`' : '`trigger: { on: command }`';
	return new AndonError('CAMERA_TRIGGER_REFUSED', {
		expected: able.length > 0 ? `one of the cameras ${able.join(', ')}` : `a camera with ${kind}`,
		found: named === undefined ? (able.length > 0 ? 'no camera named' : 'none in this station') : named.slice(0, 64),
		fix: able.length > 0 ? 'Name one of these cameras.' : `Give a camera ${kind} in station.yaml.`,
	});
}

function tooMany(): AndonError {
	return new AndonError('QUEUE_FULL', {
		expected: `at most ${MOST_WAITING} requests that wait for their answer`,
		found: 'one more',
		fix: 'Wait for answers before asking again.',
	});
}
