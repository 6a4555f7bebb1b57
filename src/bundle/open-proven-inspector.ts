/** A model of a bundle on one execution provider, proved on this host: the reference frames agree, and its nodes run there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AndonError } from '../base/errors.ts';
import { describePlacement } from '../inference/describe-placement.ts';
import { type Inspector, type InspectorOptions, openInspector } from '../inference/inspector-model.ts';
import { PROFILE_NAMES, type Provider } from '../inference/providers.ts';
import { type Placement, readNodes } from '../inference/read-placement.ts';
import type { Precision } from './manifest.ts';
import type { Bundle } from './open-bundle.ts';
import { checkParity, type ParityReport } from './parity.ts';

export interface ProvenInspector {
	readonly inspector: Inspector;
	readonly parity: ParityReport;
	readonly placement: Placement;
	/** How long it took to open, ms: nothing else is done meanwhile by the thread that does it. */
	readonly openMs: number;
}

/**
 * Every reference frame is really run by the very session that is handed out. ONNX Runtime writes down meanwhile which node
 * runs where, and no longer afterwards.
 *
 * @param frames how many of them; all if absent
 * @throws what `openInspector` throws; BUNDLE_PARITY_FAILED; PROVIDER_UNAVAILABLE when not one node runs on the provider
 */
export async function openProvenInspector(
	bundle: Bundle,
	precision: Precision,
	options: Omit<InspectorOptions, 'profilePrefix'> = {},
	frames?: number,
): Promise<ProvenInspector> {
	const { provider = 'cpu' } = options;
	const source = { bytes: bundle.model(precision), input: bundle.manifest.input };
	const folder = mkdtempSync(join(tmpdir(), 'andon-placement-'));
	try {
		const startedAt = performance.now();
		const inspector = await openInspector(source, { ...options, profilePrefix: join(folder, 'profile') });
		const openMs = performance.now() - startedAt;
		try {
			const parity = await checkParity(bundle, precision, inspector.inspect, frames);
			inspector.endProfiling();
			const placement = readNodes(folder);
			expectPlaced(provider, precision, placement);
			return { inspector, parity, placement, openMs };
		} catch (error) {
			await inspector.close();
			throw error;
		}
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** ONNX Runtime gives to the processor what a provider does not take, were it everything, and says nothing. */
function expectPlaced(provider: Provider, precision: Precision, placement: Placement): void {
	if (placement[PROFILE_NAMES[provider]]) return;
	throw new AndonError('PROVIDER_UNAVAILABLE', {
		expected: `nodes of the ${precision} model on ${PROFILE_NAMES[provider]}`,
		found: `all of them elsewhere: ${describePlacement(placement)}`,
		fix: 'Check that the libraries of the provider are found, or choose a precision that it takes.',
	});
}
