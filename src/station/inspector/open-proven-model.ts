/** The model goes live only when bundle, engine and provider are proved on this host. */

import { AndonError } from '../../base/errors.ts';
import { openCascade } from '../../bundle/cascade/open-cascade.ts';
import type { FrameInspector } from '../../bundle/frame-inspector.ts';
import type { Manifest } from '../../bundle/manifest.ts';
import { type Bundle, openBundle } from '../../bundle/open-bundle.ts';
import { openFrameInspector } from '../../bundle/open-frame-inspector.ts';
import { openProvenInspector } from '../../bundle/open-proven-inspector.ts';
import { parityInputs } from '../../bundle/parity.ts';
import { isSameView } from '../../imaging/view/view.ts';
import type { Inspector, InspectorOptions } from '../../inference/inspector-model.ts';
import type { Placement } from '../../inference/read-placement.ts';
import type { Gated } from '../cascade/gated-inspection.ts';
import { HeatMap } from './heat-map.ts';
import type { InspectorRecipe } from './messages.ts';

export type ModelChoice = Pick<
	InspectorRecipe,
	'bundle' | 'manifestHash' | 'precision' | 'provider' | 'threads' | 'provedMs' | 'view'
>;

export interface ProvenModel {
	/** Behind its gate, where the bundle has one. */
	readonly inspector: Inspector;
	readonly gated?: Gated;
	/** Which provider runs which of its nodes. */
	readonly placement: Placement;
	/** The same for frames of a camera, through the view that was chosen. */
	readonly frames: FrameInspector;
	/** Tiles that the model takes at once, and why it is one after the other although more were wanted. */
	readonly batch: { readonly size: number; readonly why?: string };
	readonly input: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
	readonly outputs: Manifest['outputs'];
	readonly classes: readonly string[];
	/** Of this model's expected IoU; undefined when the bundle has none for it, as it is seen here. */
	readonly iouCorrection?: NonNullable<Manifest['iouCorrections']>[InspectorRecipe['precision']];
	readonly heatMap: HeatMap;
	close(): Promise<void>;
}

/**
 * Every digest is checked and every reference frame is really run, on the configured provider; one of them when all were
 * run on this host before.
 *
 * @throws what `openBundle`, `openProvenInspector` and `openCascade` throw
 */
export async function openProvenModel(
	choice: ModelChoice,
	{ transient }: Pick<InspectorOptions, 'transient'> = {},
): Promise<ProvenModel> {
	const bundle = await openBundle(choice.bundle);
	if (bundle.manifestHash !== choice.manifestHash)
		throw new AndonError('BUNDLE_DIGEST_MISMATCH', {
			expected: `the bundle that this station was started with (manifest ${choice.manifestHash})`,
			found: `another one in its place (manifest ${bundle.manifestHash})`,
			fix: 'Send `load-bundle`, or restart the station.',
		});
	const { input, outputs, classes, iouCorrections } = bundle.manifest;
	const correction = iouCorrections?.[choice.precision];
	const { provider, threads, provedMs } = choice;
	// Spinning threads would take the processor from the other cameras between parts.
	const options = { provider, threads, spinning: false, transient };
	const { inspector: alone, placement } = await openProvenInspector(
		bundle,
		choice.precision,
		options,
		provedMs === undefined ? undefined : 1,
	);
	const gated = await openGated(bundle, choice, alone);
	const inspector = gated?.inspector ?? alone;
	const seeing = await openFrames(bundle, choice, inspector);
	const heatMap = new HeatMap(bundle);
	const close = async () => void (await Promise.all([seeing.close(), inspector.close(), heatMap.close()]));
	return {
		inspector,
		...(gated && { gated }),
		placement,
		frames: seeing.frames,
		batch: { size: seeing.batch, why: seeing.whyNotBatched },
		input,
		outputs,
		classes,
		iouCorrection: correction && isSameView(correction.view, choice.view) ? correction : undefined,
		heatMap,
		close,
	};
}

async function openFrames(bundle: Bundle, { precision, provider, threads, view }: ModelChoice, inspector: Inspector) {
	const { input } = bundle.manifest;
	const model = { bytes: bundle.model(precision), input, precision, inspector, references: parityInputs(bundle) };
	try {
		return await openFrameInspector(model, view, { provider, threads, spinning: false });
	} catch (error) {
		await inspector.close();
		throw error;
	}
}

/** @param inspector closed when the gate cannot be used */
async function openGated(
	bundle: Bundle,
	{ precision, threads, view }: ModelChoice,
	inspector: Inspector,
): Promise<Gated | undefined> {
	const { cascade } = bundle.manifest;
	if (!cascade) return undefined;
	const opened = await openCascade(bundle, cascade, precision, inspector, { threads, spinning: false });
	return { manifest: cascade, precision, throughView: view !== undefined, inspector: opened };
}
