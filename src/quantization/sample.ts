/** What a model is calibrated, compared and timed on: images as bytes, or tensors as the model takes them. */
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../inference/model.ts';
import { imageTensor } from './image-tensor.ts';

/** Raw bytes of one image, uint8[height,width,channels]; or tensors by the name of the input that they feed. */
export type Sample = Uint8Array | Readonly<Record<string, Tensor>>;

/** @throws MODEL_UNSUPPORTED and MODEL_FAILED for images of a model that takes none, or none of this size */
export function feedsOf(graph: Graph, sample: Sample): Record<string, Tensor> {
	return sample instanceof Uint8Array ? { [graph.inputs[0].name]: imageTensor(graph, sample) } : sample;
}
