/** Reads a model that somebody else exported and makes it fit to be trained: one operator set, known sizes, any batch. */
import { AndonError } from '../base/errors.ts';
import { readModelFile } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { freeBatch } from '../graph/passes/free-batch.ts';
import { toOpset21 } from '../graph/passes/to-opset-21.ts';
import { untieConstants } from '../graph/passes/untie-constants.ts';

export interface ImageInput {
	readonly name: string;
	readonly channels: number;
	/** Channels are the last axis, as TensorFlow has them. */
	readonly last: boolean;
}

/**
 * The model for images of one size, [N, C, H, W] or [N, H, W, C] as it wants them.
 *
 * @throws FILE_UNREADABLE, MODEL_UNREADABLE, GRAPH_INVALID when it cannot take that size, and MODEL_UNSUPPORTED when it is
 *   tied to one batch or takes no images
 */
export function importModel(path: string, height: number, width: number): { graph: Graph; input: ImageInput } {
	const file = untieConstants(toOpset21(readModelFile(path)).graph).graph;
	const input = imageInput(file);
	const sizes = input.last ? [height, width, input.channels] : [input.channels, height, width];
	return { graph: freeBatch(file, input.name, sizes), input };
}

function imageInput({ inputs, initializers }: Graph): ImageInput {
	const fed = inputs.filter(({ name }) => !initializers.has(name));
	const [value] = fed;
	const isChannels = (d: unknown) => d === 1 || d === 3;
	if (fed.length === 1 && value.type === 'float32' && value.shape?.length === 4) {
		const [, first, , last] = value.shape;
		if (isChannels(first)) return { name: value.name, channels: first as number, last: false };
		if (isChannels(last)) return { name: value.name, channels: last as number, last: true };
	}
	throw new AndonError('MODEL_UNSUPPORTED', {
		expected: 'a model with one float32 input of images, [N, 1 or 3, H, W] or [N, H, W, 1 or 3]',
		found: fed.map(({ name, type, shape }) => `${name} ${type} [${shape ?? '?'}]`).join(', ') || 'no input',
		fix: 'Export the model with one image input.',
	});
}
