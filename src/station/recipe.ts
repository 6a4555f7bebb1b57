/** What a station looks for: the bundle that it was given, the model of it that runs here, and the scores its threshold rests on. */
import { certifyingScores } from '../bundle/calibration.ts';
import { type ChosenModel, chooseModel } from '../bundle/choose-model.ts';
import { type Bundle, openBundle } from '../bundle/open-bundle.ts';
import type { PartScores } from '../metrics/part-scores.ts';
import type { StationConfig } from './config.ts';
import type { RecipeReference } from './inspection.ts';

export interface Recipe {
	readonly bundle: Bundle;
	/** As records name it. */
	readonly reference: RecipeReference;
	readonly model: ChosenModel;
	/** Calibration scores of that model, one per part; undefined where the bundle lacks some. */
	readonly scores: PartScores | undefined;
	/** Names bundle and model: what was set or learned for another one says nothing here. */
	readonly scope: string;
}

/** @throws BUNDLE_INVALID and whatever else keeps the bundle from being used */
export async function openRecipe(config: Pick<StationConfig, 'bundle' | 'provider' | 'precision'>): Promise<Recipe> {
	const bundle = await openBundle(config.bundle);
	const { manifest, manifestHash } = bundle;
	const model = chooseModel(bundle, config);
	return {
		bundle,
		reference: { id: manifest.name, version: manifest.version, hash: manifestHash },
		model,
		scores: certifyingScores(bundle.calibration(), model.precision, manifest.classes),
		scope: `${manifestHash} ${model.precision}`,
	};
}
