/** The heat map of a model that has no mask of its own, as a graph to keep in its bundle. */
import { AndonError } from '../base/errors.ts';
import { decodeModel, encodeModel } from '../graph/codec/codec.ts';
import { explainer } from '../networks/explainer.ts';

/** @param float the deployed float model. @returns ONNX; undefined for models with a mask, and where no feature map leads to the score */
export function explainerOf(float: Uint8Array): Uint8Array | undefined {
	const graph = decodeModel(float);
	if (graph.outputs.some(({ name }) => name === 'mask')) return undefined;
	try {
		return encodeModel(explainer(graph));
	} catch (error) {
		if (error instanceof AndonError && error.code === 'MODEL_UNSUPPORTED') return undefined;
		throw error;
	}
}
