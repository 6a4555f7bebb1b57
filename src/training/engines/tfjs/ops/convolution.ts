/** Convolutions: ONNX's weights [out, in/group, kh, kw] and pads become TF.js's filters [kh, kw, in, out] and zeros around the input. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { intOf } from '../../../../graph/attributes.ts';
import { type SlidingWindow, slidingWindow } from '../../../../graph/ops/window.ts';
import { Arranged } from '../arranged.ts';
import type { Call, Kernel, Tf } from '../kernel.ts';

type Pair = [number, number];

export const convolutionKernels: Readonly<Record<string, Kernel>> = {
	Conv: convolve,
	ConvTranspose: convolveTransposed,
};

function convolve(call: Call): Arranged {
	const { tf, node, inputs } = call;
	const [x, weight, bias] = inputs;
	const group = intOf(node, 'group', 1);
	const window = windowOf(call);
	const [filters, depth] = weight!.plain.shape;
	const kernel = filterOf(tf, weight!.plain, [2, 3, 1, 0], window.dilations);
	const [padded, pad] = surrounded(tf, x!.last, window);
	const strides = window.strides as Pair;
	const y =
		depth === 1 && group > 1 && strides[0] === strides[1]
			? tf.depthwiseConv2d(padded, channelMultiples(kernel, group, filters), strides, pad)
			: perGroup(tf, group, padded, kernel, (part, own) => tf.conv2d(part, own, strides, pad));
	return Arranged.channelsLast(bias ? tf.add(y, bias.plain) : y);
}

/** The whole reach of every input pixel first; then pads cut it and `output_padding` adds zeros. */
function convolveTransposed(call: Call): Arranged {
	const { tf, node, inputs } = call;
	const [x, weight, bias] = inputs;
	const { strides, dilations, begins, kernel } = windowOf(call);
	const [, , height, width] = call.shape();
	const filter = filterOf(tf, weight!.plain, [2, 3, 1, 0], dilations);
	const [n, ...size] = x!.last.shape;
	const full = kernel.map((k, axis) => (size[axis] - 1) * strides[axis] + (k - 1) * dilations[axis] + 1);
	const y = perGroup(tf, intOf(node, 'group', 1), x!.last, filter, (part, own) =>
		tf.conv2dTranspose(part, own, [n, full[0], full[1], own.shape[2]], strides as Pair, 'valid'),
	);
	const missing = [height, width].map((wanted, axis) => Math.max(0, begins[axis] + wanted - full[axis]));
	const grown = missing.some((m) => m > 0)
		? tf.pad(y, [
				[0, 0],
				[0, missing[0]],
				[0, missing[1]],
				[0, 0],
			])
		: y;
	const cut = tf.slice(grown, [0, begins[0], begins[1], 0], [n, height, width, y.shape[3]]);
	return Arranged.channelsLast(bias ? tf.add(cut, bias.plain) : cut);
}

function windowOf({ node, inputs: [x, weight] }: Call): SlidingWindow {
	const [, height, width] = x!.last.shape;
	return slidingWindow(node, weight!.plain.shape.slice(2), [height, width]);
}

/** TF.js cannot differentiate dilated convolutions: zeros between the taps make the same filter undilated. */
function filterOf(tf: Tf, weight: Tensor, perm: number[], dilations: readonly number[]): Tensor4D {
	let filter = weight.transpose(perm);
	for (const [axis, dilation] of dilations.entries()) {
		const taps = filter.shape[axis];
		if (dilation === 1 || taps === 1) continue;
		const shape = [...filter.shape];
		const spaced = tf.pad(
			filter.expandDims(axis + 1),
			[...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)].map(
				(_, i): Pair => [0, i === axis + 1 ? dilation - 1 : 0],
			),
		);
		shape[axis] = taps * dilation;
		const joined = spaced.reshape(shape);
		shape[axis] = (taps - 1) * dilation + 1;
		filter = tf.slice(joined, [0, 0, 0, 0], shape);
	}
	return filter as Tensor4D;
}

/** [kh, kw, 1, C·m] → [kh, kw, C, m] */
function channelMultiples(filter: Tensor4D, channels: number, filters: number): Tensor4D {
	const [height, width] = filter.shape;
	return filter.reshape([height, width, channels, filters / channels]);
}

/** TF.js has no groups: channels are split, convolved and joined. Filters of a group lie on the last axis, of a transposed one likewise. */
function perGroup(
	tf: Tf,
	group: number,
	x: Tensor4D,
	filter: Tensor4D,
	apply: (x: Tensor4D, filter: Tensor4D) => Tensor4D,
): Tensor4D {
	if (group === 1) return apply(x, filter);
	const parts = tf.split(x, group, 3) as Tensor4D[];
	return tf.concat(
		(tf.split(filter, group, 3) as Tensor4D[]).map((own, i) => apply(parts[i], own)),
		3,
	);
}

/** `same` where TF.js would pad alike, which copies nothing; else zeros around the input. */
function surrounded(
	tf: Tf,
	x: Tensor4D,
	{ kernel, strides, dilations, begins, ends }: SlidingWindow,
): [Tensor4D, 'same' | 'valid'] {
	if ([...begins, ...ends].every((p) => p === 0)) return [x, 'valid'];
	const alike = kernel.every((k, axis) => {
		const size = x.shape[axis + 1];
		const reach = (k - 1) * dilations[axis] + 1;
		const total = Math.max(0, (Math.ceil(size / strides[axis]) - 1) * strides[axis] + reach - size);
		return begins[axis] === Math.floor(total / 2) && ends[axis] === total - begins[axis];
	});
	if (alike) return [x, 'same'];
	return [
		tf.pad(x, [
			[0, 0],
			[begins[0], ends[0]],
			[begins[1], ends[1]],
			[0, 0],
		]),
		'valid',
	];
}
