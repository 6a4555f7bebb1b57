/** Operators that rename, copy, join and cut positions without changing values. */
import type { DataType, Tensor1D } from '@tensorflow/tfjs';
import { intOf, intsOf, stringOf } from '../../../../graph/attributes.ts';
import { sliceAxes } from '../../../../graph/ops/shape-ops.ts';
import { positiveAxis, refuse } from '../../../../graph/ops/shapes.ts';
import { Arranged, together } from '../arranged.ts';
import { type Call, type Kernel, numbersOf } from '../kernel.ts';

/** The graph knows the new shape. */
const rename: Kernel = ({ inputs: [x], shape }) => Arranged.plain(x!.plain.reshape(shape()));

export const moveKernels: Readonly<Record<string, Kernel>> = {
	Reshape: rename,
	Flatten: rename,
	Squeeze: rename,
	Unsqueeze: rename,
	Transpose: ({ node, inputs: [x] }) => {
		const reversed = Array.from({ length: x!.rank }, (_, i) => x!.rank - 1 - i);
		return Arranged.plain(x!.plain.transpose([...intsOf(node, 'perm', reversed)]));
	},
	Expand: ({ tf, inputs: [x], shape }) => Arranged.plain(tf.broadcastTo(x!.plain, shape())),
	Cast: ({ node, inputs: [x] }) => x!.like(x!.tensor.cast(castType(intOf(node, 'to', 1)))),
	Concat: ({ tf, node, inputs }) => {
		const parts = inputs.map((input) => input!);
		const axis = positiveAxis(intOf(node, 'axis', 0), parts[0].rank);
		const held = parts.find((part) => part.isLast) ?? parts[0];
		return together(parts, (tensors) => tf.concat(tensors, held.axis(axis)));
	},
	Split: (call) => {
		const { tf, node } = call;
		const x = call.inputs[0];
		const axis = positiveAxis(intOf(node, 'axis', 0), x!.rank);
		const length = x!.plain.shape[axis];
		// Without sizes the parts are equal, and a last one that does not come out even is smaller.
		const part = Math.ceil(length / node.outputs.length);
		const equal = node.outputs.map((_, i) => Math.min(part, length - i * part));
		const sizes = [...(numbersOf(call, 1) ?? equal)];
		return tf.split(x!.tensor, sizes, x!.axis(axis)).map((part) => x!.like(part));
	},
	Gather: ({ tf, node, inputs: [x, indices], shape }) => {
		const axis = positiveAxis(intOf(node, 'axis', 0), x!.rank);
		const listed = indices!.plain.cast('int32').flatten();
		const counted = tf.where(tf.less(listed, 0), tf.add(listed, tf.scalar(x!.plain.shape[axis], 'int32')), listed);
		return Arranged.plain(tf.gather(x!.plain, counted as Tensor1D, axis).reshape(shape()));
	},
	Slice: slice,
	Pad: pad,
};

/** ONNX's numbers of the float types are 1, 10 and 11, of bool 9; every integer is an int32 in TF.js. */
function castType(to: number): DataType {
	if (to === 1 || to === 10 || to === 11) return 'float32';
	return to === 9 ? 'bool' : 'int32';
}

/** TF.js cannot differentiate slices with steps: negative ones reverse, larger ones take the first of every group. */
function slice({ tf, node, inputs, constant, shape }: Call): Arranged {
	const x = inputs[0]!;
	const axes = sliceAxes(node, x.plain.shape, constant)!;
	const size = shape();
	let tensor = x.tensor;
	for (const [onnxAxis, { start, step, count }] of axes) {
		const axis = x.axis(onnxAxis);
		const stride = Math.abs(step);
		if (step < 0) tensor = tf.reverse(tensor, axis);
		const begin = step < 0 ? tensor.shape[axis] - 1 - start : start;
		const cut = (from: number, length: number) => {
			const begins = tensor.shape.map((_, i) => (i === axis ? from : 0));
			tensor = tf.slice(
				tensor,
				begins,
				tensor.shape.map((d, i) => (i === axis ? length : d)),
			);
		};
		if (stride === 1) cut(begin, count);
		else {
			cut(begin, (count - 1) * stride + 1);
			tensor = tf.pad(
				tensor,
				tensor.shape.map((_, i): [number, number] => [0, i === axis ? stride - 1 : 0]),
			);
			const groups = tensor.shape.flatMap((d, i) => (i === axis ? [count, stride] : [d]));
			const first = groups.map((d, i) => (i === axis + 1 ? 1 : d));
			tensor = tf
				.slice(
					tensor.reshape(groups),
					groups.map(() => 0),
					first,
				)
				.reshape(first.filter((_, i) => i !== axis + 1));
		}
	}
	return x.like(tensor.reshape(x.perAxis(size)));
}

/** Negative pads crop. */
function pad(call: Call): Arranged {
	const { tf, node, inputs } = call;
	const x = inputs[0]!;
	if (stringOf(node, 'mode', 'constant') !== 'constant') refuse(node, 'constant padding to be trained', 'another mode');
	const pads = numbersOf(call, 1)!;
	const value = numbersOf(call, 2)?.[0] ?? 0;
	const ends = x.perAxis(Array.from({ length: x.rank }, (_, i) => [pads[i], pads[i + x.rank]] as const));
	const cropped = tf.slice(
		x.tensor,
		ends.map(([before]) => Math.max(0, -before)),
		x.tensor.shape.map((d, i) => d + Math.min(0, ends[i][0]) + Math.min(0, ends[i][1])),
	);
	const padded = tf.pad(
		cropped,
		ends.map(([before, after]): [number, number] => [Math.max(0, before), Math.max(0, after)]),
		value,
	);
	return x.like(padded);
}
