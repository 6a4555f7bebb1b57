/** Frames that drive a model of others to its extremes: images that no line shows, normalised as it wants them. */
import type { Graph } from '../../graph/graph.ts';
import { adversarialFrames } from '../../quantization/targets/adversarial-frames.ts';
import type { Frame } from '../../quantization/targets/check-half.ts';
import { imageInput, imagesTensor } from './image-input.ts';
import { isFolderOfFeeds, type SampleOptions } from './load-samples.ts';

/** None where the model is fed from .npy files: what else it could be fed with is not known. */
export async function adversarialFeeds(
	graph: Graph,
	source: string,
	options: SampleOptions,
): Promise<readonly Frame[]> {
	if (await isFolderOfFeeds(source)) return [];
	const input = imageInput(graph, options.size);
	const { width, height, channels, batch, name: fed } = input;
	return adversarialFrames([1, height, width, channels]).map(({ name, pixels }) => ({
		name,
		sample: { [fed]: imagesTensor(input, Array<Uint8Array>(batch).fill(pixels), options) },
	}));
}
