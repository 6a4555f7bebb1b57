/** Brings a tensor of a file into the shape that a parameter has here. */
import { float32, type Tensor } from '../../graph/graph.ts';
import type { Scheme } from './schemes/scheme.ts';

export interface Arrangement {
	readonly axes: Scheme['axes'];
	/** The first layer reads RGB where the file's read BGR. */
	readonly reverseChannels: boolean;
	/** The layer reads the image itself, whose channels may be more or fewer here. */
	readonly readsImage: boolean;
}

/** The tensor as `dims` wants it, or why that cannot be. */
export function arrange(tensor: Tensor, dims: readonly number[], how: Arrangement): Tensor | string {
	let result = how.axes === 'keras' ? fromKeras(tensor, dims) : tensor;
	if (how.readsImage && how.reverseChannels) result = reversed(result);
	if (how.readsImage) result = withChannels(result, dims);
	if (sameShape(result.dims, dims)) return result;
	return `its shape is [${result.dims}] in the file, [${dims}] here`;
}

/** The same tensor with its axes in another order: axis i of the result is axis `order[i]`. */
export function permuted({ dims, data }: Tensor, order: readonly number[]): Tensor {
	const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
	const target = order.map((axis) => dims[axis]);
	const steps = order.map((axis) => strides[axis]);
	const values = new Float32Array(data.length);
	const at = target.map(() => 0);
	for (let i = 0, from = 0; i < values.length; i++) {
		values[i] = data[from] as number;
		for (let axis = target.length - 1; axis >= 0; axis--) {
			from += steps[axis];
			if (++at[axis] < target[axis]) break;
			from -= target[axis] * steps[axis];
			at[axis] = 0;
		}
	}
	return float32(target, values);
}

/** [h, w, in, out] → [out, in, h, w]; depthwise [h, w, channels, 1] → [channels, 1, h, w]; dense [in, out] → [out, in]. */
function fromKeras(tensor: Tensor, wanted: readonly number[]): Tensor {
	const { dims } = tensor;
	if (dims.length === 2) return permuted(tensor, [1, 0]);
	if (dims.length !== 4) return tensor;
	const depthwise = wanted[1] === 1 && dims[2] === wanted[0] && dims[3] === 1;
	return permuted(tensor, depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);
}

/** Axis 1 backwards. */
function reversed(tensor: Tensor): Tensor {
	const [filters, channels] = tensor.dims;
	const area = tensor.data.length / (filters * channels);
	const data = new Float32Array(tensor.data.length);
	for (let f = 0; f < filters; f++)
		for (let c = 0; c < channels; c++)
			for (let p = 0; p < area; p++)
				data[(f * channels + c) * area + p] = tensor.data[(f * channels + channels - 1 - c) * area + p] as number;
	return float32(tensor.dims, data);
}

/**
 * A grey image is one whose colours are equal: filters that read three colours become their sum, and filters that read
 * grey are spread over three. Exactly the same result either way.
 */
function withChannels(tensor: Tensor, wanted: readonly number[]): Tensor {
	const [filters, channels] = tensor.dims;
	if (tensor.dims.length !== 4 || channels === wanted[1] || (channels !== 1 && wanted[1] !== 1)) return tensor;
	const area = tensor.data.length / (filters * channels);
	const data = new Float32Array(filters * wanted[1] * area);
	for (let f = 0; f < filters; f++)
		for (let c = 0; c < wanted[1]; c++)
			for (let p = 0; p < area; p++) {
				let sum = 0;
				for (let from = 0; from < channels; from++) sum += tensor.data[(f * channels + from) * area + p] as number;
				data[(f * wanted[1] + c) * area + p] = sum / wanted[1];
			}
	return float32([filters, wanted[1], ...tensor.dims.slice(2)], data);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
	return a.length === b.length && a.every((d, axis) => d === b[axis]);
}
