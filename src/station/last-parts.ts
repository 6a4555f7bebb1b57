/** The last decided parts of every camera: what is drawn or measured of a part comes after its decision and has to find it. */
import type { Inspection } from './inspection.ts';
import type { RunningRecipe } from './recipes/running-recipe.ts';

/** Per camera; previews and statistics follow their part at once. */
const KEPT = 16;

interface Decided {
	readonly part: Inspection;
	/** That decided over it. */
	readonly recipe: RunningRecipe;
}

export class LastParts {
	readonly #parts = new Map<string, readonly Decided[]>();

	add(part: Inspection, recipe: RunningRecipe): void {
		const kept = this.#parts.get(part.camera) ?? [];
		this.#parts.set(part.camera, [...kept.slice(1 - KEPT), { part, recipe }]);
	}

	find(camera: string, sequence: number): Decided | undefined {
		return this.#parts.get(camera)?.find(({ part }) => part.sequence === sequence);
	}
}
