/** What another threshold would do here: to the bundle's calibration parts, and to the parts that this station recorded. */
import { collapseByGroup, type Exposure } from '../metrics/collapse-by-group.ts';
import type { PartScores } from '../metrics/part-scores.ts';
import { type RecordedScores, type WhatIfOptions, whatIf } from '../metrics/what-if.ts';
import { labelledScores } from './feedback/labelled-scores.ts';
import type { StationWhatIf } from './station-view.ts';
import type { ReadableStore } from './store/read-store.ts';

/** Records that are looked at: enough for a shift's mix, few enough to be read at once. */
const RECORDS = 1000;
/** While somebody drags a threshold, the records of a moment ago will do, ms. */
const FRESH_MS = 2000;

export interface WhatIfSources {
	readonly store: ReadableStore;
	/** Of the model that runs. */
	readonly calibration: PartScores | undefined;
	readonly manifestHash: string;
	readonly precision: string;
	readonly holdBand: WhatIfOptions['holdBand'];
}

export class WhatIfs {
	readonly #sources: WhatIfSources;
	#recorded: { readonly at: number; readonly scores: RecordedScores } | undefined;

	constructor(sources: WhatIfSources) {
		this.#sources = sources;
	}

	/** Verdicts by score and hold band alone; severity rules may reject more. */
	at(threshold: number): StationWhatIf {
		const { calibration = { defective: [], sound: [] }, holdBand } = this.#sources;
		const at = (scores: RecordedScores) => whatIf(scores, threshold, { holdBand });
		return { threshold, ...(holdBand && { holdBand }), calibration: at(calibration), recorded: at(this.#recent()) };
	}

	#recent(): RecordedScores {
		const now = performance.now();
		if (!this.#recorded || now - this.#recorded.at > FRESH_MS)
			this.#recorded = { at: now, scores: recordedScores(this.#sources) };
		return this.#recorded.scores;
	}
}

/** One score per part of the line, without golden parts; a person's label counts before what the source of the part said of it. */
function recordedScores({ store, manifestHash, precision }: WhatIfSources): RecordedScores {
	const labels = new Map(labelledScores(store).map((labelled) => [labelled.resultId, labelled.defective]));
	const comparable = store.inspections
		.recent(RECORDS)
		.filter(({ recipe, golden, ...by }) => recipe.hash === manifestHash && by.precision === precision && !golden);
	const known: Exposure[] = [];
	const unknown = new Map<string, number>();
	for (const inspection of comparable) {
		const { score, partId, resultId } = inspection;
		if (score === undefined) continue;
		const defective = labels.get(resultId) ?? inspection.truth?.defective;
		if (defective === undefined) unknown.set(partId, Math.max(score, unknown.get(partId) ?? 0));
		else known.push({ group: partId, class: '', score, defective });
	}
	const parts = collapseByGroup(known);
	for (const { group } of parts) unknown.delete(group);
	return {
		defective: parts.filter((part) => part.defective).map((part) => part.score),
		sound: parts.filter((part) => !part.defective).map((part) => part.score),
		unknown: [...unknown.values()],
	};
}
