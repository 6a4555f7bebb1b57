/** Puts the gate of a bundle in front of its inspector, proved as the inspector is. */
import { type CascadeInspector, cascadeInspector } from '../../inference/cascade-inspector.ts';
import { type Inspector, openInspector } from '../../inference/inspector-model.ts';
import type { ModelOptions } from '../../inference/model.ts';
import type { Precision } from '../names.ts';
import type { Bundle } from '../open-bundle.ts';
import { checkCascadeParity } from './cascade-parity.ts';
import type { CascadeManifest } from './cascade-schema.ts';

/**
 * The gate runs on the processor whatever the inspector runs on: it is small, and would wait for a GPU longer than it computes.
 *
 * @param inspector proved already; closed with the cascade, and when the gate cannot be used
 * @throws what `openInspector` throws, BUNDLE_PARITY_FAILED
 */
export async function openCascade(
	bundle: Bundle,
	cascade: CascadeManifest,
	precision: Precision,
	inspector: Inspector,
	options: Pick<ModelOptions, 'threads' | 'spinning'> = {},
): Promise<CascadeInspector> {
	try {
		const gate = await openInspector({ bytes: bundle.read(cascade.gate.file), input: bundle.manifest.input }, options);
		const both = cascadeInspector(gate, inspector, cascade.threshold);
		try {
			await checkCascadeParity(bundle, precision, cascade, { gate: gate.inspect, together: both.inspect });
			return both;
		} catch (error) {
			await gate.close();
			throw error;
		}
	} catch (error) {
		await inspector.close();
		throw error;
	}
}
