/** The model goes live only when bundle, engine and provider are proved on this host. */

import { AndonError } from '../../base/errors.ts';
import type { Manifest } from '../../bundle/manifest.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { openProvenInspector } from '../../bundle/open-proven-inspector.ts';
import type { Inspector } from '../../inference/inspector-model.ts';
import type { Placement } from '../../inference/read-placement.ts';
import { HeatMap } from './heat-map.ts';
import type { InspectorRecipe } from './messages.ts';

export type ModelChoice = Pick<
	InspectorRecipe,
	'bundle' | 'manifestHash' | 'precision' | 'provider' | 'threads' | 'proved'
>;

export interface ProvenModel {
	readonly inspector: Inspector;
	/** Which provider runs which of its nodes. */
	readonly placement: Placement;
	readonly input: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
	readonly outputs: Manifest['outputs'];
	readonly classes: readonly string[];
	/** Of this model's expected IoU; undefined when the bundle has none for it. */
	readonly iouCorrection?: NonNullable<Manifest['iouCorrections']>[InspectorRecipe['precision']];
	readonly heatMap: HeatMap;
	close(): Promise<void>;
}

/**
 * Every digest is checked and every reference frame is really run, on the configured provider; one of them when all were
 * run on this host before.
 *
 * @throws what `openBundle` and `openProvenInspector` throw
 */
export async function openProvenModel(choice: ModelChoice): Promise<ProvenModel> {
	const bundle = await openBundle(choice.bundle);
	if (bundle.manifestHash !== choice.manifestHash)
		throw new AndonError('BUNDLE_DIGEST_MISMATCH', {
			expected: `the bundle that this station was started with (manifest ${choice.manifestHash})`,
			found: `another one in its place (manifest ${bundle.manifestHash})`,
			fix: 'Send `load-bundle`, or restart the station.',
		});
	const { input, outputs, classes, iouCorrections } = bundle.manifest;
	const { provider, threads, proved } = choice;
	// Spinning threads would take the processor from the other cameras between parts.
	const options = { provider, threads, spinning: false };
	const { inspector, placement } = await openProvenInspector(bundle, choice.precision, options, proved ? 1 : undefined);
	const heatMap = new HeatMap(bundle);
	const close = async () => void (await Promise.all([inspector.close(), heatMap.close()]));
	return {
		inspector,
		placement,
		input,
		outputs,
		classes,
		iouCorrection: iouCorrections?.[choice.precision],
		heatMap,
		close,
	};
}
