/** Pooling; it has no parameters. */
import { float, intOf, intsOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { float32, type Node, sizeOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { outputSize, type SlidingWindow, slidingWindow } from './window.ts';

function windowOf(node: Node, x: Value | undefined): SlidingWindow {
	return slidingWindow(node, intsOf(node, 'kernel_shape', [1, 1]), x?.shape?.slice(2));
}

const infer: Operator['infer'] = (node, [x]) => {
	const shape = x?.shape && [...x.shape.slice(0, 2), ...outputSize(node, windowOf(node, x), x.shape.slice(2))];
	return node.outputs.map((_, i) => ({ type: i === 0 ? (x?.type ?? 'float32') : 'int64', shape }));
};

/** dY goes back to where each maximum came from; overlapping windows add up, and equal maxima of a window share. */
function maxPoolGradient(g: GraphBuilder, node: Node, dy: string): string {
	const [x] = node.inputs;
	const shape = g.shape(x);
	const window = windowOf(node, g.value(x));
	if (isTiled(window, shape.slice(2))) return tiledMaxPoolGradient(g, node, dy, window.kernel);
	const { name: _name, op: _op, inputs, attributes } = node;
	const [, indices] = g.ops('MaxPool', inputs, attributes, { outputs: 2 });
	const flat = (value: string) => g.reshape(value, [-1]);
	const zeros = g.op('Expand', [g.constant(float32([1], [0])), g.ints([sizeOf(shape)])]);
	const scattered = g.op('ScatterElements', [zeros, flat(indices), flat(dy)], { axis: 0, reduction: 'add' });
	return g.reshape(scattered, shape);
}

/** Windows side by side that cover the map exactly. */
function isTiled({ kernel, strides, dilations, begins, ends }: SlidingWindow, size: readonly number[]): boolean {
	const plain = [...begins, ...ends].every((p) => p === 0) && dilations.every((d) => d === 1);
	return plain && kernel.every((k, axis) => k === strides[axis] && size[axis] % k === 0);
}

/** With tiles, the maximum is compared with every place of its window, and no places need be looked up. */
function tiledMaxPoolGradient(g: GraphBuilder, node: Node, dy: string, kernel: readonly number[]): string {
	const [x] = node.inputs;
	const [y] = node.outputs;
	const scales = g.constant(float32([4], [1, 1, ...kernel]));
	const spread = (value: string) =>
		g.op('Resize', [value, '', scales], {
			mode: 'nearest',
			nearest_mode: 'floor',
			coordinate_transformation_mode: 'asymmetric',
		});
	// Steep enough for a step: 1 where nothing is missing to the maximum, else 0.
	const hit = g.op('HardSigmoid', [g.sub(x, spread(y))], { alpha: float(2 ** 100), beta: float(1) });
	const hits = g.op('AveragePool', [hit], { kernel_shape: kernel, strides: kernel });
	const share = g.div(g.mul(dy, g.scalar(1 / sizeOf(kernel))), hits);
	return g.mul(hit, spread(share));
}

/**
 * Every input of a window gets an equal share: dY over the number of inputs that the window counts, spread by a depthwise
 * transposed convolution of ones.
 */
function averagePoolGradient(g: GraphBuilder, node: Node, dy: string): string {
	const window = windowOf(node, g.value(node.inputs[0]));
	const [n, channels, height, width] = g.shape(node.inputs[0]);
	const [, , outHeight, outWidth] = g.shape(dy);
	const [kh, kw] = window.kernel;
	const share = g.constant(
		float32([1, 1, outHeight, outWidth], shares(node, window, [height, width], [outHeight, outWidth])),
	);
	const ones = g.constant(float32([1, 1, kh, kw], new Float32Array(kh * kw).fill(1)));
	const planes = g.reshape(g.mul(dy, share), [n * channels, 1, outHeight, outWidth]);
	const spread = g.op('ConvTranspose', [planes, ones], { strides: window.strides, dilations: window.dilations });
	const [, , fullHeight, fullWidth] = g.shape(spread);
	const [top, left] = window.begins;
	const crop = [0, 0, -top, -left, 0, 0, height - fullHeight + top, width - fullWidth + left];
	return g.reshape(g.pad(spread, crop), [n, channels, height, width]);
}

/** One over the number of positions that each window counts: those of the image, or of the padded image. */
function shares(node: Node, window: SlidingWindow, size: readonly number[], out: readonly number[]): Float32Array {
	const padding = intOf(node, 'count_include_pad', 0) === 1;
	const counts = out.map((length, axis) => {
		const low = padding ? -window.begins[axis] : 0;
		const high = size[axis] + (padding ? window.ends[axis] : 0);
		return Array.from({ length }, (_, i) => {
			const begin = i * window.strides[axis] - window.begins[axis];
			const taps = Array.from({ length: window.kernel[axis] }, (_, k) => begin + k * window.dilations[axis]);
			return taps.filter((tap) => tap >= low && tap < high).length;
		});
	});
	return Float32Array.from(counts[0].flatMap((rows) => counts[1].map((columns) => 1 / (rows * columns))));
}

const globalInfer: Operator['infer'] = (_node, [x]) => [
	{ type: x?.type ?? 'float32', shape: x?.shape && [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)] },
];

export const poolingOperators: Readonly<Record<string, Operator>> = {
	MaxPool: {
		infer,
		gradient: (g, node, [dy]) => [maxPoolGradient(g, node, dy!)],
		window: (node, [x]) => windowOf(node, x),
	},
	AveragePool: {
		infer,
		gradient: (g, node, [dy]) => [averagePoolGradient(g, node, dy!)],
		window: (node, [x]) => windowOf(node, x),
	},
	GlobalAveragePool: {
		infer: globalInfer,
		gradient: (g, node, [dy]) => {
			const shape = g.shape(node.inputs[0]);
			const share = g.mul(dy!, g.scalar(1 / sizeOf(shape.slice(2))));
			return [g.op('Expand', [share, g.ints(shape)])];
		},
		window: (_node, [x]) => {
			const size = (x?.shape?.slice(2) ?? [1, 1]) as readonly number[];
			return { kernel: size, strides: size, dilations: size.map(() => 1) };
		},
	},
	GlobalMaxPool: {
		infer: globalInfer,
		gradient: (g, node, [dy]) => {
			const [x] = node.inputs;
			const hit = g.op('Cast', [g.op('Equal', [x, node.outputs[0]])], { to: 1 });
			return [g.mul(hit, g.div(dy!, g.reduceSum(hit, [2, 3], 1)))];
		},
		window: (_node, [x]) => {
			const size = (x?.shape?.slice(2) ?? [1, 1]) as readonly number[];
			return { kernel: size, strides: size, dilations: size.map(() => 1) };
		},
	},
};
