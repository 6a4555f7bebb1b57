/** The last decided parts of every camera: what is drawn or measured of a part comes after its decision and has to find it. */
import type { DriftWatch } from './drift/drift-watch.ts';
import type { Inspection } from './inspection.ts';

/** Per camera; previews and statistics follow their part at once. */
const KEPT = 16;

interface Decided {
	readonly part: Inspection;
	/** That watches over the recipe which decided it. */
	readonly drift: DriftWatch;
}

export class LastParts {
	readonly #parts = new Map<string, readonly Decided[]>();

	add(part: Inspection, drift: DriftWatch): void {
		const kept = this.#parts.get(part.camera) ?? [];
		this.#parts.set(part.camera, [...kept.slice(1 - KEPT), { part, drift }]);
	}

	find(camera: string, sequence: number): Decided | undefined {
		return this.#parts.get(camera)?.find(({ part }) => part.sequence === sequence);
	}
}
