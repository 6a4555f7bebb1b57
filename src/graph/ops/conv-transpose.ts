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
	window: (node, [, weight]) => ({
		kernel: [1, 1],
		strides: intsOf(node, 'strides', [1, 1]).map((s) => 1 / s),
		dilations: [1, 1],
		...(weight ? {} : {}),
	}),
};
