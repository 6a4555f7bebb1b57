/** Raw image bytes as the tensor that a model's `image` input takes. */
import { AndonError } from '../base/errors.ts';
import { type Graph, sizeOf } from '../graph/graph.ts';
import { Tensor } from '../inference/model.ts';

/** @throws MODEL_UNSUPPORTED when the model does not take uint8 images, MODEL_FAILED when the size differs */
export function imageTensor(graph: Graph, image: Uint8Array): Tensor {
	const dims = imageDims(graph);
	if (image.length !== sizeOf(dims))
		throw new AndonError('MODEL_FAILED', {
			expected: `an image of ${dims.slice(1).join('×')} = ${sizeOf(dims)} bytes`,
			found: `${image.length} bytes`,
			fix: 'Resize the image to the input of the model.',
		});
	return new Tensor('uint8', image, dims);
}

/** The shape of a model's image input: [1, height, width, channels]. */
export function imageDims(graph: Graph): number[] {
	const [input, ...others] = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
	const dims = input?.shape?.map((d, axis) => (axis === 0 && typeof d === 'string' ? 1 : d)) ?? [];
	if (others.length === 0 && input?.type === 'uint8' && dims.length === 4 && dims.every((d) => typeof d === 'number'))
		return dims as number[];
	throw new AndonError('MODEL_UNSUPPORTED', {
		expected: 'a model with one input, uint8 [1, height, width, channels]',
		found: graph.inputs.map(({ name, type, shape }) => `${name} ${type} [${shape ?? '?'}]`).join(', '),
		fix: 'Use the deployed form of the model, as `andon train` writes it.',
	});
}
