/** Building blocks that architectures share: parameters with their initialisation, and the layers that use them. */
import type { Random } from '../base/random.ts';
import { float } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { float32, sizeOf } from '../graph/graph.ts';
import { INITIALIZERS, type Initializer } from './initializers.ts';

/** What layers draw on while a network is built. */
export interface LayerContext {
	readonly g: GraphBuilder;
	readonly random: Random;
	readonly initializer: Initializer;
	/** Seed of the masks that dropout draws. */
	readonly seed: number;
}

/** A weight drawn as the context's initialiser says. `dims` is [out, in, …kernel]; `group` as of convolutions. */
export function weight(context: LayerContext, name: string, dims: readonly number[], group = 1): string {
	const area = sizeOf(dims.slice(2));
	const data = INITIALIZERS[context.initializer](context.random, {
		rows: dims[0],
		columns: dims[1] * area,
		fanIn: dims[1] * area,
		fanOut: (dims[0] * area) / group,
	});
	return context.g.constant(float32(dims, data), context.g.scoped(name));
}

/** A parameter vector with one value throughout, or the value of each position. */
export function filled(
	context: LayerContext,
	name: string,
	length: number,
	value: number | ((index: number) => number),
): string {
	const data = new Float32Array(length);
	for (let i = 0; i < length; i++) data[i] = typeof value === 'number' ? value : value(i);
	return context.g.constant(float32([length], data), context.g.scoped(name));
}

/** Pads as ONNX lists them: top, left, bottom, right. */
export type Pads = readonly [number, number, number, number];

export interface ConvOptions {
	readonly kernel?: number;
	readonly stride?: number;
	/** A bias; leave it out in front of batch normalisation. */
	readonly bias?: boolean;
	/** Initial value of the bias, or of each of its positions. */
	readonly biasValue?: number | ((index: number) => number);
	readonly group?: number;
	/** Padding (default: half the kernel on every side, so that the output is the input's size over the stride). */
	readonly pads?: Pads;
	/** Name of the output (default: made up). */
	readonly output?: string;
}

export function conv(
	context: LayerContext,
	x: string,
	name: string,
	filters: number,
	options: ConvOptions = {},
): string {
	const { g } = context;
	const { kernel = 3, stride = 1, bias = false, biasValue = 0, group = 1, output } = options;
	const half = (kernel - 1) >> 1;
	const attributes = {
		kernel_shape: [kernel, kernel],
		strides: [stride, stride],
		pads: options.pads ?? [half, half, half, half],
		group,
	};
	return g.within(name, () => {
		const inputs = [x, weight(context, 'weight', [filters, channelsOf(context, x) / group, kernel, kernel], group)];
		if (bias) inputs.push(filled(context, 'bias', filters, biasValue));
		return g.op('Conv', inputs, attributes, output ? { names: [output] } : {});
	});
}

export interface NormOptions {
	/** Keeps the variance away from zero (default 1e-5). */
	readonly epsilon?: number;
}

export function batchNorm(context: LayerContext, x: string, name: string, { epsilon = 1e-5 }: NormOptions = {}) {
	const { g } = context;
	const channels = channelsOf(context, x);
	return g.within(name, () =>
		g.op(
			'BatchNormalization',
			[
				x,
				filled(context, 'scale', channels, 1),
				filled(context, 'bias', channels, 0),
				filled(context, 'mean', channels, 0),
				filled(context, 'variance', channels, 1),
			],
			{ epsilon: float(epsilon) },
		),
	);
}

/** Convolution, batch normalisation, ReLU. */
export function convBnRelu(
	context: LayerContext,
	x: string,
	name: string,
	filters: number,
	options: ConvOptions = {},
): string {
	return context.g.within(name, () =>
		context.g.relu(batchNorm(context, conv(context, x, 'conv', filters, options), 'bn')),
	);
}

/** Fully connected layer on [N, features]. */
export function dense(context: LayerContext, x: string, name: string, units: number, biasValue = 0): string {
	const { g } = context;
	return g.within(name, () =>
		g.op(
			'Gemm',
			[x, weight(context, 'weight', [units, channelsOf(context, x)]), filled(context, 'bias', units, biasValue)],
			{ transB: 1 },
		),
	);
}

/** Makes height and width larger by a whole factor, by repeating pixels. */
export function enlarge(context: LayerContext, x: string, factor = 2): string {
	const scales = context.g.constant(float32([4], [1, 1, factor, factor]));
	return context.g.op('Resize', [x, '', scales], {
		mode: 'nearest',
		nearest_mode: 'floor',
		coordinate_transformation_mode: 'asymmetric',
	});
}

/** Zeroes a share of the values while training (Srivastava et al. 2014); in a finished network it does nothing. */
export function dropout(context: LayerContext, x: string, rate: number): string {
	const { g, seed } = context;
	return rate === 0 ? x : g.op('Dropout', [x, g.scalar(rate)], { seed });
}

/** Crops at the end, or pads on both sides, to exactly height × width. */
export function fitTo(context: LayerContext, x: string, height: number, width: number): string {
	const { g } = context;
	const [h, w] = g.value(x).shape!.slice(2) as readonly number[];
	const [moreRows, moreColumns] = [height - h, width - w];
	const before = (more: number) => Math.max(0, more >> 1);
	const pads = [moreRows, moreColumns].map((more) => [before(more), more - before(more)]);
	return g.pad(x, [0, 0, pads[0][0], pads[1][0], 0, 0, pads[0][1], pads[1][1]]);
}

/** The size of axis 1. */
export function channelsOf({ g }: LayerContext, x: string): number {
	return g.value(x).shape![1] as number;
}

/** Height and width. */
export function sizeOfMap({ g }: LayerContext, x: string): readonly [number, number] {
	const [, , height, width] = g.value(x).shape as readonly number[];
	return [height, width];
}
