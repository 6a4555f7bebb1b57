/** What a station looks for: a bundle, the model of it that runs here, the scores its threshold rests on, and the rules of the slot. */

import { AndonError } from '../../base/errors.ts';
import { certifyingScores } from '../../bundle/calibration.ts';
import type { ChosenModel } from '../../bundle/choose-model.ts';
import { type Bundle, openBundle } from '../../bundle/open-bundle.ts';
import { sayView, type View } from '../../imaging/view/view.ts';
import type { PartScores } from '../../metrics/part-scores.ts';
import type { StationConfig } from '../config.ts';
import type { RecipeReference } from '../inspection.ts';
import { type ChosenProvider, chooseProvider } from '../providers/choose-provider.ts';
import { viewsOf } from '../view-of.ts';
import type { BundleShelf } from './bundle-shelf.ts';
import type { BundlePlace } from './recipe-book.ts';
import type { RecipeSlot } from './recipe-slots.ts';

export interface Recipe extends Pick<RecipeSlot, 'holdBand' | 'decision' | 'view'> {
	readonly slot: RecipeSlot;
	readonly bundle: Bundle;
	/** Where its bundle was taken from. */
	readonly source: string;
	/** The station's own copy of it. */
	readonly folder: string;
	/** As records name it. */
	readonly reference: RecipeReference;
	readonly model: ChosenModel;
	/** What that model runs on, and why. */
	readonly device: ChosenProvider;
	/** Calibration scores of that model, one per part; undefined where the bundle lacks some. */
	readonly scores: PartScores | undefined;
	/** Names bundle, model, slot and views: what was set or learned for another one says nothing here. */
	readonly scope: string;
	/** Names the slot in the store, beside what a station with one recipe keeps; empty there. */
	readonly place: string;
}

/**
 * @param from the bundle that was loaded in the slot, if one was; else it is taken from its folder as it lies there
 * @throws BUNDLE_INVALID and whatever else keeps the bundle from being used; PROVIDER_UNAVAILABLE
 */
export async function openRecipe(
	slot: RecipeSlot,
	{ provider, threads, cameras }: Pick<StationConfig, 'provider' | 'threads' | 'cameras'>,
	shelf: BundleShelf,
	from: BundlePlace = { folder: slot.folder },
): Promise<Recipe> {
	const bundle = await openFrom(from, shelf);
	const { manifest, manifestHash } = bundle;
	const { precision, holdBand, decision, view } = slot;
	const device = await chooseProvider(bundle, { provider, precision, threads });
	const { model } = device;
	const place = slot.named ? `@${slot.id}` : '';
	return {
		slot,
		bundle,
		source: from.folder,
		folder: await shelf.put(bundle),
		reference: { id: slot.named ? slot.id : manifest.name, version: manifest.version, hash: manifestHash },
		model,
		device,
		scores: certifyingScores(bundle.calibration(), model.precision, manifest.classes),
		scope: `${manifestHash} ${model.precision}${place}${scopeOfViews(viewsOf(slot, cameras))}`,
		place,
		holdBand,
		decision,
		view,
	};
}

/** Models are for inspectors to run: here they are checked. */
const CHECKED = { keepModels: false } as const;

/** Of a known bundle the station has a copy, whatever lies in the folder by now. */
async function openFrom({ folder, hash }: BundlePlace, shelf: BundleShelf): Promise<Bundle> {
	if (hash === undefined) return openBundle(folder, CHECKED);
	for (const place of [shelf.folderOf(hash), folder]) {
		const bundle = await openBundle(place, CHECKED).catch(() => undefined);
		if (bundle?.manifestHash === hash) return bundle;
	}
	throw new AndonError('BUNDLE_MISSING', {
		expected: `the bundle that was loaded here (manifest ${hash})`,
		found: `neither the station's copy in ${shelf.folderOf(hash)} nor the bundle in ${folder} is it`,
		fix: 'Put it back, or name another `bundle` for this recipe in station.yaml.',
	});
}

/** Nothing where no camera has one: what such a station keeps stays its own. */
function scopeOfViews(views: readonly (View | undefined)[]): string {
	return views.some((view) => view !== undefined) ? ` ${views.map(sayView).join('; ')}` : '';
}
