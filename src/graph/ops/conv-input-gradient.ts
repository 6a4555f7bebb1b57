/** The input gradient of a convolution, NCHW: `andon::ConvInputGradient`, a convolution again. */
import { intOf, intsOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Node } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { SlidingWindow } from './window.ts';

/** A window and the number of groups: all that a convolution is besides its values. */
export interface ConvolutionShape extends SlidingWindow {
	readonly group: number;
}

/** Inputs dY [N,Co,H',W'] and weight [Co,Ci/group,kh,kw]; output dX [N,Ci,H,W] of the `size` [H,W] it is told. */
export const ConvInputGradient: Operator = {
	infer: (node, [dy, weight]) => {
		const depth = weight?.shape?.[1];
		const known = dy?.shape && typeof depth === 'number';
		const shape = known ? [dy.shape[0], depth * intOf(node, 'group', 1), ...intsOf(node, 'size', [])] : undefined;
		return [{ type: dy?.type ?? 'float32', shape }];
	},
	lower: (g, node) => {
		const [dy, weight] = node.inputs;
		const conv = { dy, weight, size: intsOf(node, 'size', []), ...convolutionOf(node, g.shape(weight).slice(2)) };
		return [conv.strides.some((stride) => stride !== 1) ? strided(g, conv) : dense(g, conv)];
	},
};

/** Emits the gradient; `size` is the input's height and width. */
export function convInputGradient(
	g: GraphBuilder,
	dy: string,
	weight: string,
	shape: ConvolutionShape,
	size: readonly number[],
): string {
	return g.op('ConvInputGradient', [dy, weight], { ...attributesOf(shape), size }, { domain: 'andon' });
}

/** A convolution's shape as attributes, with its pads spelled out. */
export function attributesOf({ kernel, strides, dilations, begins, ends, group }: ConvolutionShape) {
	return { kernel_shape: kernel, strides, dilations, pads: [...begins, ...ends], group };
}

/** What `attributesOf` wrote. */
export function convolutionOf(node: Node, kernel: readonly number[]): ConvolutionShape {
	const pads = intsOf(node, 'pads', [0, 0, 0, 0]);
	return {
		kernel,
		strides: intsOf(node, 'strides', [1, 1]),
		dilations: intsOf(node, 'dilations', [1, 1]),
		begins: pads.slice(0, 2),
		ends: pads.slice(2),
		group: intOf(node, 'group', 1),
	};
}

interface Convolution extends ConvolutionShape {
	readonly dy: string;
	readonly weight: string;
	readonly size: readonly number[];
}

/**
 * With stride 1 it is the convolution of dY with the weights, input and output channels swapped and both
 * spatial axes flipped: faster than a transposed convolution.
 */
function dense(g: GraphBuilder, conv: Convolution): string {
	const [height, width] = conv.size;
	const [outHeight, outWidth] = g.shape(conv.dy).slice(2);
	const reach = conv.kernel.map((k, axis) => (k - 1) * conv.dilations[axis]);
	const top = reach[0] - conv.begins[0];
	const left = reach[1] - conv.begins[1];
	const bottom = height - (outHeight + top - reach[0]);
	const right = width - (outWidth + left - reach[1]);
	const pads = [top, left, bottom, right];
	const weight = flipped(g, swapped(g, conv), conv.kernel);
	const outside = pads.map((p) => Math.max(0, p));
	const crop = pads.map((p) => Math.min(0, p));
	const dy = g.pad(conv.dy, [0, 0, crop[0], crop[1], 0, 0, crop[2], crop[3]]);
	return g.op('Conv', [dy, weight], { pads: outside, dilations: conv.dilations, group: conv.group });
}

/** Weights with input and output channels swapped inside each group. */
function swapped(g: GraphBuilder, conv: Convolution): string {
	const [filters, depth, ...kernel] = g.shape(conv.weight);
	if (conv.group === 1) return g.transpose(conv.weight, [1, 0, 2, 3]);
	const perGroup = filters / conv.group;
	const split = g.reshape(conv.weight, [conv.group, perGroup, depth, ...kernel]);
	return g.reshape(g.transpose(split, [0, 2, 1, 3, 4]), [conv.group * depth, perGroup, ...kernel]);
}

function flipped(g: GraphBuilder, weight: string, kernel: readonly number[]): string {
	const axes = kernel.flatMap((k, axis) => (k > 1 ? [axis + 2] : []));
	if (axes.length === 0) return weight;
	return g.slice(
		weight,
		axes,
		axes.map(() => -1),
		axes.map(() => -(2 ** 31)),
		axes.map(() => -1),
	);
}

/** A strided one is a transposed convolution, which scatters dY · W and so needs no zeros in between. */
function strided(g: GraphBuilder, conv: Convolution): string {
	const [height, width] = conv.size;
	const [outHeight, outWidth] = g.shape(conv.dy).slice(2);
	const full = [outHeight, outWidth].map(
		(size, axis) => (size - 1) * conv.strides[axis] + (conv.kernel[axis] - 1) * conv.dilations[axis] + 1,
	);
	const [bottom, right] = [height, width].map((size, axis) => full[axis] - conv.begins[axis] - size);
	const pads = [conv.begins[0], conv.begins[1], Math.max(0, bottom), Math.max(0, right)];
	const dx = g.op('ConvTranspose', [conv.dy, conv.weight], {
		strides: conv.strides,
		dilations: conv.dilations,
		pads,
		group: conv.group,
	});
	return g.pad(dx, [0, 0, 0, 0, 0, 0, Math.max(0, -bottom), Math.max(0, -right)]);
}
