/** The last decided parts of every camera: what is drawn or measured of a part comes after its decision and has to find it. */
import type { Inspection } from './inspection.ts';

/** Per camera; previews and statistics follow their part at once. */
const KEPT = 16;

export class LastParts {
	readonly #parts = new Map<string, readonly Inspection[]>();

	add(inspection: Inspection): void {
		const kept = this.#parts.get(inspection.camera) ?? [];
		this.#parts.set(inspection.camera, [...kept.slice(1 - KEPT), inspection]);
	}

	find(camera: string, sequence: number): Inspection | undefined {
		return this.#parts.get(camera)?.find((inspection) => inspection.sequence === sequence);
	}
}
