/** The weight gradient of a convolution, NCHW: `andon::ConvWeightGradient`, matrix products chosen for speed. */
import { intsOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { float32 } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { attributesOf, type ConvolutionShape, convolutionOf } from './conv-input-gradient.ts';

/** Inputs x [N,Ci,H,W] and dY [N,Co,H',W']; output dW [Co,Ci/group,kh,kw]. */
export const ConvWeightGradient: Operator = {
	infer: (node, [x, dy]) => {
		const kernel = intsOf(node, 'kernel_shape', []);
		const [filters, channels] = [dy?.shape?.[1], x?.shape?.[1]];
		const known = typeof filters === 'number' && typeof channels === 'number';
		const shape = known ? [filters, channels / convolutionOf(node, kernel).group, ...kernel] : undefined;
		return [{ type: dy?.type ?? 'float32', shape }];
	},
	lower: (g, node) => {
		const [x, dy] = node.inputs;
		return [weightGradient(g, { x, dy, ...convolutionOf(node, intsOf(node, 'kernel_shape', [])) })];
	},
};

/** Emits the gradient. */
export function convWeightGradient(g: GraphBuilder, x: string, dy: string, shape: ConvolutionShape): string {
	return g.op('ConvWeightGradient', [x, dy], attributesOf(shape), { domain: 'andon' });
}

interface Convolution extends ConvolutionShape {
	readonly x: string;
	readonly dy: string;
}

function weightGradient(g: GraphBuilder, conv: Convolution): string {
	const channels = g.shape(conv.x)[1];
	if (conv.group === channels && g.shape(conv.dy)[1] === channels) return depthwiseWeightGradient(g, conv);
	if (conv.group > 1) return groupedWeightGradient(g, conv);
	if (conv.dilations.some((d) => d !== 1)) return tapWeightGradient(g, conv);
	const [sh, sw] = conv.strides;
	if (sh !== sw) return tapWeightGradient(g, conv);
	return sh === 1 ? fatWeightGradient(g, conv) : phaseWeightGradient(g, conv, sh);
}

/** Pads x so that the window reads it without padding, to exactly `height` × `width`. */
function padded(g: GraphBuilder, conv: Convolution, height: number, width: number): string {
	const [h, w] = g.shape(conv.x).slice(2);
	const [top, left] = conv.begins;
	return g.pad(conv.x, [0, 0, top, left, 0, 0, height - h - top, width - w - left]);
}

/**
 * dW of a stride-1 convolution as one matrix product per image: copies of x shifted along the width, against copies
 * of dY shifted along the height. [N, Co·kh, L] × [N, Ci·kw, L]ᵀ → kernel rows and columns at once.
 */
function fatWeightGradient(g: GraphBuilder, conv: Convolution): string {
	const [n, filters, outHeight, outWidth] = g.shape(conv.dy);
	const [depth, height, width] = g.shape(conv.x).slice(1);
	const [kh, kw] = conv.kernel;
	const [top, left] = conv.begins;
	const rows = outHeight + kh - 1;
	const right = outWidth + kw - 1 - width - left;
	const x = shifted(g, conv.x, [1, kw], [top, left, rows - height - top, right], false);
	const dy = shifted(g, conv.dy, [kh, 1], [kh - 1, 0, kh - 1, 0], true);
	const flat = (value: string, channels: number) => g.reshape(value, [n, channels, rows * outWidth]);
	const products = g.fusedMatMul(flat(dy, filters * kh), flat(x, depth * kw), 0, 1);
	const sum = n > 1 ? g.reduceSum(products, [0]) : products;
	return g.transpose(g.reshape(sum, [filters, kh, depth, kw]), [0, 2, 1, 3]);
}

/**
 * Every channel repeated once for each tap of a one-dimensional kernel, shifted by the tap: [N, C, H, W] → [N·C, taps,
 * H', W']. A convolution with one-hot kernels writes all copies in one pass over memory.
 */
function shifted(
	g: GraphBuilder,
	x: string,
	kernel: readonly number[],
	pads: readonly number[],
	backwards: boolean,
): string {
	const taps = kernel[0] * kernel[1];
	if (taps === 1) return g.pad(x, [0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]]);
	const oneHot = new Float32Array(taps * taps);
	for (let tap = 0; tap < taps; tap++) oneHot[tap * taps + (backwards ? taps - 1 - tap : tap)] = 1;
	const [n, channels, height, width] = g.shape(x);
	const planes = g.reshape(x, [n * channels, 1, height, width]);
	return g.op('Conv', [planes, g.constant(float32([taps, 1, ...kernel], oneHot))], { pads });
}

/**
 * dW of a convolution of stride s: space-to-depth turns it into stride 1 over s² as many channels, of which only the
 * taps inside the kernel are kept.
 */
function phaseWeightGradient(g: GraphBuilder, conv: Convolution, s: number): string {
	const [, filters, outHeight, outWidth] = g.shape(conv.dy);
	const depth = g.shape(conv.x)[1];
	const reach = conv.kernel.map((k) => Math.ceil(k / s));
	const x = padded(g, conv, (outHeight + reach[0] - 1) * s, (outWidth + reach[1] - 1) * s);
	const phases = s === 1 ? x : g.op('SpaceToDepth', [x], { blocksize: s });
	const dense = fatWeightGradient(g, {
		...conv,
		x: phases,
		kernel: reach,
		strides: [1, 1],
		begins: [0, 0],
		ends: [0, 0],
	});
	// [Co, s·s·Ci, kh', kw'] → [Co, Ci, kh'·s, kw'·s] → the taps of the kernel.
	const split = g.reshape(dense, [filters, s, s, depth, reach[0], reach[1]]);
	const whole = g.reshape(g.transpose(split, [0, 3, 4, 1, 5, 2]), [filters, depth, reach[0] * s, reach[1] * s]);
	return g.slice(whole, [2, 3], [0, 0], conv.kernel);
}

/** dW one tap at a time, for dilated windows and strides that differ by axis. */
function tapWeightGradient(g: GraphBuilder, conv: Convolution): string {
	const [filters, depth] = [g.shape(conv.dy)[1], g.shape(conv.x)[1]];
	const dy = flatImages(g, conv.dy);
	const taps = taps2d(conv).map((tap) => {
		const product = g.fusedMatMul(dy, flatImages(g, sliceTap(g, conv, tap)), 0, 1);
		return g.reshape(g.reduceSum(product, [0]), [filters, depth, 1]);
	});
	return g.reshape(g.concat(taps, 2), [filters, depth, ...conv.kernel]);
}

/** dW of a depthwise convolution: per tap, the dot product of every channel with its gradient. */
function depthwiseWeightGradient(g: GraphBuilder, conv: Convolution): string {
	const [n, channels, height, width] = g.shape(conv.dy);
	const rows = (x: string) => g.reshape(x, [n * channels, 1, height * width]);
	const dy = rows(conv.dy);
	const taps = taps2d(conv).map((tap) => {
		const dots = g.reshape(g.fusedMatMul(dy, rows(sliceTap(g, conv, tap)), 0, 1), [n, channels]);
		return g.reshape(g.reduceSum(dots, [0]), [channels, 1, 1]);
	});
	return g.reshape(g.concat(taps, 2), [channels, 1, ...conv.kernel]);
}

function groupedWeightGradient(g: GraphBuilder, conv: Convolution): string {
	const [depth, perGroup] = [g.shape(conv.x)[1] / conv.group, g.shape(conv.dy)[1] / conv.group];
	const parts = Array.from({ length: conv.group }, (_, i) =>
		weightGradient(g, {
			...conv,
			group: 1,
			x: g.slice(conv.x, [1], [i * depth], [(i + 1) * depth]),
			dy: g.slice(conv.dy, [1], [i * perGroup], [(i + 1) * perGroup]),
		}),
	);
	return g.concat(parts, 0);
}

function taps2d(conv: Convolution): readonly (readonly [number, number])[] {
	return Array.from({ length: conv.kernel[0] * conv.kernel[1] }, (_, t) => [
		Math.floor(t / conv.kernel[1]),
		t % conv.kernel[1],
	]);
}

/** The part of the padded input that one kernel tap sees, of the size of dY. */
function sliceTap(g: GraphBuilder, conv: Convolution, [i, j]: readonly [number, number]): string {
	const [outHeight, outWidth] = g.shape(conv.dy).slice(2);
	const [sh, sw] = conv.strides;
	const needs = [outHeight, outWidth].map(
		(size, axis) => (size - 1) * conv.strides[axis] + (conv.kernel[axis] - 1) * conv.dilations[axis] + 1,
	);
	const x = padded(g, conv, needs[0], needs[1]);
	const [top, left] = [i * conv.dilations[0], j * conv.dilations[1]];
	return g.slice(x, [2, 3], [top, left], [top + (outHeight - 1) * sh + 1, left + (outWidth - 1) * sw + 1], [sh, sw]);
}

function flatImages(g: GraphBuilder, x: string): string {
	const [n, channels, height, width] = g.shape(x);
	return g.reshape(x, [n, channels, height * width]);
}
