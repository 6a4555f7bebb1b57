/** What every model of a bundle gives for a few frames, for hosts to compare with. */
import type { Manifest, Precision } from '../bundle/manifest.ts';
import { writeParity } from '../bundle/parity.ts';
import { type Inspector, openInspector } from '../inference/inspector-model.ts';
import { modelToScore } from './model-to-score.ts';

/**
 * @param inputs raw bytes, uint8[height,width,channels] each
 * @returns files for the draft of a bundle
 */
export async function referenceResults(
	inputs: readonly Uint8Array[],
	input: Manifest['input'],
	models: ReadonlyMap<Precision, Uint8Array>,
): Promise<Map<string, Uint8Array | string>> {
	const opened: [Precision, Inspector][] = [];
	try {
		for (const [precision, bytes] of models)
			opened.push([precision, await openInspector({ bytes: modelToScore(precision, bytes), input })]);
		return await writeParity(inputs, Object.fromEntries(opened.map(([name, { inspect }]) => [name, inspect])));
	} finally {
		for (const [, inspector] of opened) await inspector.close();
	}
}
