/** Transposed convolution, NCHW; its gradients are an ordinary convolution of dY and that convolution's weight gradient. */
import { intOf, intsOf } from '../attributes.ts';
import type { Operator } from '../operator.ts';
import { attributesOf, convolutionOf } from './conv-input-gradient.ts';
import { convWeightGradient } from './conv-weight-gradient.ts';
import { calculate, refuse } from './shapes.ts';
import { slidingWindow } from './window.ts';

export const ConvTranspose: Operator = {
	parameters: [1, 2],
	infer: (node, [x, weight]) => {
		if (!x?.shape || !weight?.shape) return [{ type: x?.type ?? 'float32', shape: undefined }];
		const [n, channels, ...spatial] = x.shape;
		const [depth, perGroup, ...kernel] = weight.shape as readonly number[];
		if (typeof channels === 'number' && channels !== depth) refuse(node, `${depth} input channels`, `${channels}`);
		const window = slidingWindow(node, kernel, spatial);
		const extra = intsOf(
			node,
			'output_padding',
			kernel.map(() => 0),
		);
		const size = spatial.map((d, axis) =>
			calculate(
				[d],
				(length) =>
					(length - 1) * window.strides[axis] +
					(kernel[axis] - 1) * window.dilations[axis] +
					1 +
					extra[axis] -
					window.begins[axis] -
					window.ends[axis],
			),
		);
		return [{ type: x.type, shape: [n, perGroup * intOf(node, 'group', 1), ...size] }];
	},
	/** y = ConvTranspose(x, W) is the input gradient of a convolution C with the same W: so dX = C(dY) and dW = C's dW with x as gradient. */
	gradient: (g, node, [dy], needed) => {
		const [x, weight] = node.inputs;
		const shape = convolutionOf(node, g.shape(weight).slice(2));
		return [
			needed[0] ? g.op('Conv', [dy!, weight], attributesOf(shape)) : undefined,
			needed[1] ? convWeightGradient(g, dy!, x, shape) : undefined,
			needed[2] ? g.reduceSum(dy!, [0, 2, 3]) : undefined,
		];
	},
	macs: (_node, [x, weight]) => {
		const [, perGroup, ...kernel] = weight!.shape as readonly number[];
		return (x!.shape as readonly number[]).reduce((a, b) => a * b, 1) * perGroup * kernel.reduce((a, b) => a * b, 1);
	},
	/** Seen from the output: ⌈reach / stride⌉ inputs, ⌈padding / stride⌉ of them behind the position. */
	window: (node, [x, weight]) => {
		const kernel = (weight?.shape ?? [0, 0, 1, 1]).slice(2) as readonly number[];
		const { strides, dilations, begins } = slidingWindow(node, kernel, x?.shape?.slice(2));
		const inputs = kernel.map((k, axis) => Math.ceil(((k - 1) * dilations[axis] + 1) / strides[axis]));
		return {
			kernel: inputs,
			strides: strides.map((s) => 1 / s),
			dilations: kernel.map(() => 1),
			begins: inputs.map((count, axis) => count - 1 - Math.ceil(begins[axis] / strides[axis])),
		};
	},
};
