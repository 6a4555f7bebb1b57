/** One score per part: several exposures of one part are one part, whatever they add to the file count. */
import type { Scored } from './scored.ts';

export interface Exposure extends Scored {
	/** What the part is called; exposures of one part share it. */
	readonly group: string;
	/** The class of this exposure. */
	readonly class: string;
}

/**
 * Collapses exposures to parts, on the cautious side both ways, since a station may see a part only once:
 *
 * - A part is defective when any exposure shows a defect, and takes the **lowest** score of the exposures that do.
 *   A threshold at or below it catches the part from each of these exposures. Exposures labelled sound do not show the
 *   defect and cannot be asked to.
 * - A sound part takes the **highest** score of its exposures: one of them is enough to reject it.
 */
export function collapseByGroup<T extends Exposure>(exposures: readonly T[]): T[] {
	const parts = new Map<string, T>();
	for (const exposure of exposures) {
		const chosen = parts.get(exposure.group);
		if (!chosen || speaksFor(exposure, chosen)) parts.set(exposure.group, exposure);
	}
	return [...parts.values()];
}

function speaksFor(exposure: Exposure, chosen: Exposure): boolean {
	if (exposure.defective !== chosen.defective) return exposure.defective;
	return exposure.defective ? exposure.score < chosen.score : exposure.score > chosen.score;
}
