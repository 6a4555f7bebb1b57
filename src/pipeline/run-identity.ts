/** What makes a run the same run, so that a checkpoint is never continued by another one. */
import { createHash } from 'node:crypto';
import type { Graph } from '../graph/graph.ts';
import type { Dataset } from '../training/datasets/dataset.ts';

/** Digest of the images and how they are split, the settings, and the weights that the run starts with. */
export function runIdentity({ samples }: Dataset, options: unknown, network: Graph): string {
	const images = samples.map(({ id, split }) => `${id} ${split}`);
	return createHash('sha256')
		.update(JSON.stringify([images, options, weightsOf(network)]))
		.digest('hex');
}

/** A file of weights may change under its name. */
function weightsOf({ initializers }: Graph): string {
	const hash = createHash('sha256');
	for (const { data } of initializers.values())
		hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
	return hash.digest('hex');
}
