/** Pooling. Where several values are the largest, TF.js decides which of them the gradient goes to. */
import type { Tensor4D } from '@tensorflow/tfjs';
import { intOf, intsOf } from '../../../../graph/attributes.ts';
import { refuse } from '../../../../graph/ops/shapes.ts';
import { slidingWindow } from '../../../../graph/ops/window.ts';
import { Arranged } from '../arranged.ts';
import type { Call, Kernel, Tf } from '../kernel.ts';

/** The lowest float32: never the largest of a window. */
const LOWEST = -3.4028234663852886e38;

type Pair = [number, number];

interface Window {
	readonly kernel: Pair;
	readonly strides: Pair;
	/** Padding of both ends, and how far the last windows reach beyond it. */
	readonly begins: readonly number[];
	readonly ends: readonly number[];
	readonly beyond: readonly number[];
}

export const poolingKernels: Readonly<Record<string, Kernel>> = {
	MaxPool: (call) => {
		const window = windowOf(call);
		if (call.node.outputs.length > 1) refuse(call.node, 'one output to be trained', 'indices as a second one');
		const padded = surround(call.tf, call.inputs[0]!.last, window, LOWEST);
		return Arranged.channelsLast(call.tf.maxPool(padded, window.kernel, window.strides, 'valid'));
	},
	AveragePool: (call) => {
		const { tf } = call;
		const window = windowOf(call);
		const x = call.inputs[0]!.last;
		const mean = (tensor: Tensor4D) => tf.avgPool(tensor, window.kernel, window.strides, 'valid');
		const y = mean(surround(tf, x, window, 0));
		if ([...window.begins, ...window.ends, ...window.beyond].every((p) => p === 0)) return Arranged.channelsLast(y);
		return Arranged.channelsLast(tf.div(y, mean(counted(call, window))));
	},
	GlobalAveragePool: ({ tf, inputs: [x] }) => Arranged.channelsLast(tf.mean(x!.last, [1, 2], true)),
	GlobalMaxPool: ({ tf, inputs: [x] }) => Arranged.channelsLast(tf.max(x!.last, [1, 2], true)),
};

function windowOf({ node, inputs: [x], shape }: Call): Window {
	const [, ...size] = x!.last.shape.slice(0, 3);
	const { kernel, strides, dilations, begins, ends } = slidingWindow(node, intsOf(node, 'kernel_shape', [1, 1]), size);
	if (dilations.some((d) => d !== 1)) refuse(node, 'no dilation to be trained by TF.js', `[${dilations}]`);
	const out = shape().slice(2);
	const beyond = kernel.map((k, axis) =>
		Math.max(0, (out[axis] - 1) * strides[axis] + k - size[axis] - begins[axis] - ends[axis]),
	);
	return { kernel: kernel as Pair, strides: strides as Pair, begins, ends, beyond };
}

function surround(tf: Tf, x: Tensor4D, { begins, ends, beyond }: Window, value: number): Tensor4D {
	const pads = begins.map((begin, axis): Pair => [begin, ends[axis] + beyond[axis]]);
	return pads.flat().every((p) => p === 0) ? x : tf.pad(x, [[0, 0], ...pads, [0, 0]], value);
}

/** 1 at every position that an average counts: those of the image, or of the padded image. */
function counted({ tf, node, inputs: [x] }: Call, window: Window): Tensor4D {
	const [, height, width] = x!.last.shape;
	const { begins, ends } = window;
	if (intOf(node, 'count_include_pad', 0) === 0) return surround(tf, tf.ones([1, height, width, 1]), window, 0);
	const whole = tf.ones([1, height + begins[0] + ends[0], width + begins[1] + ends[1], 1]) as Tensor4D;
	return surround(tf, whole, { ...window, begins: [0, 0], ends: [0, 0] }, 0);
}
