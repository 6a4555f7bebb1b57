/** Pooling. Where several values are the largest, TF.js decides which of them the gradient goes to. */
import type { Tensor4D } from '@tensorflow/tfjs';
import { intOf, intsOf } from '../../../../graph/attributes.ts';
import { refuse } from '../../../../graph/ops/shapes.ts';
import { slidingWindow } from '../../../../graph/ops/window.ts';
import { Arranged } from '../arranged.ts';
import type { Call, Kernel } from '../kernel.ts';

/** The lowest float32: never the largest of a window. */
const LOWEST = -3.4028234663852886e38;

type Pair = [number, number];

interface Window {
	readonly kernel: Pair;
	readonly strides: Pair;
	/** Before and after each axis, as `tf.pad` takes them. */
	readonly pads: Pair[];
	readonly isPadded: boolean;
}

export const poolingKernels: Readonly<Record<string, Kernel>> = {
	MaxPool: (call) => {
		const { kernel, strides, pads, isPadded } = windowOf(call);
		if (call.node.outputs.length > 1) refuse(call.node, 'one output to be trained', 'indices as a second one');
		const x = call.inputs[0]!.last;
		const padded = isPadded ? call.tf.pad(x, pads, LOWEST) : x;
		return Arranged.channelsLast(call.tf.maxPool(padded, kernel, strides, 'valid'));
	},
	AveragePool: (call) => {
		const { tf, node } = call;
		const window = windowOf(call);
		const x = call.inputs[0]!.last;
		const mean = (tensor: Tensor4D) =>
			tf.avgPool(window.isPadded ? tf.pad(tensor, window.pads) : tensor, window.kernel, window.strides, 'valid');
		if (!window.isPadded || intOf(node, 'count_include_pad', 0) === 1) return Arranged.channelsLast(mean(x));
		// Each window's share of real pixels.
		const [, height, width] = x.shape;
		return Arranged.channelsLast(tf.div(mean(x), mean(tf.ones([1, height, width, 1]))));
	},
	GlobalAveragePool: ({ tf, inputs: [x] }) => Arranged.channelsLast(tf.mean(x!.last, [1, 2], true)),
	GlobalMaxPool: ({ tf, inputs: [x] }) => Arranged.channelsLast(tf.max(x!.last, [1, 2], true)),
};

function windowOf({ node, inputs: [x], shape }: Call): Window {
	const [, ...size] = x!.last.shape.slice(0, 3);
	const { kernel, strides, dilations, begins, ends } = slidingWindow(node, intsOf(node, 'kernel_shape', [1, 1]), size);
	if (dilations.some((d) => d !== 1)) refuse(node, 'no dilation to be trained by TF.js', `[${dilations}]`);
	const out = shape().slice(2);
	// With `ceil_mode` the last window may reach beyond the padding.
	const after = kernel.map((k, axis) =>
		Math.max(ends[axis], (out[axis] - 1) * strides[axis] + k - size[axis] - begins[axis]),
	);
	if (node.op === 'AveragePool' && after.some((pad, axis) => pad > ends[axis]))
		refuse(node, 'windows inside the padded input to be trained by TF.js', 'ceil_mode with windows beyond it');
	return {
		kernel: kernel as Pair,
		strides: strides as Pair,
		pads: [
			[0, 0],
			[begins[0], after[0]],
			[begins[1], after[1]],
			[0, 0],
		],
		isPadded: [...begins, ...after].some((p) => p > 0),
	};
}
