/** Between the flat vectors of a state and TF.js's tensors, one for each slot of a layout. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Tensor as GraphTensor } from '../../../graph/graph.ts';
import type { Slot } from '../../parameters.ts';
import type { Tf } from './kernel.ts';

/** One tensor a slot; they hold their own copies. */
export function cut(tf: Tf, flat: Float32Array, slots: readonly Slot[]): Tensor[] {
	return slots.map(({ dims, offset, size }) => tf.tensor(flat.slice(offset, offset + size), [...dims], 'float32'));
}

/** All values of some tensors, one after the other. */
export function joined(tf: Tf, tensors: readonly Tensor[]): Float32Array {
	if (tensors.length === 0) return new Float32Array(0);
	return tf.tidy(() => tf.concat(tensors.map((tensor) => tensor.flatten())).dataSync() as Float32Array).slice();
}

/** A constant of the graph; TF.js has no wider integers than 32 bits. */
export function constantOf(tf: Tf, { type, dims, data }: GraphTensor): Tensor {
	const dtype = type === 'float32' ? 'float32' : type === 'bool' ? 'bool' : 'int32';
	const values = dtype === 'float32' ? (data as Float32Array) : Int32Array.from(data as ArrayLike<bigint>, Number);
	return tf.tensor(values, [...dims], dtype);
}
