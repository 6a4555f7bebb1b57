/** Building blocks that architectures share: parameters with their initialisation, and conv-BN-ReLU. */
import type { Random } from '../base/random.ts';
import { float } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { float32, sizeOf } from '../graph/graph.ts';

/** Standard deviation of a normal initialisation by fan-in and fan-out. */
export const INITIALIZERS = {
	/** He et al. 2015: keeps the variance through ReLU. */
	he: (fanIn: number, _fanOut: number) => Math.sqrt(2 / fanIn),
	/** Glorot and Bengio 2010: keeps the variance through sigmoid and tanh. */
	glorot: (fanIn: number, fanOut: number) => Math.sqrt(2 / (fanIn + fanOut)),
	/** What a careless start looks like: too small for any depth. */
	small: () => 0.01,
} as const;

export type Initializer = keyof typeof INITIALIZERS;

/** What layers draw on while a network is built. */
export interface LayerContext {
	readonly g: GraphBuilder;
	readonly random: Random;
	readonly initializer: Initializer;
}

/** A weight drawn from a normal distribution. `dims` is [out, in, …kernel]. */
export function weight(context: LayerContext, name: string, dims: readonly number[]): string {
	const area = sizeOf(dims.slice(2));
	const deviation = INITIALIZERS[context.initializer](dims[1] * area, dims[0] * area);
	const data = Float32Array.from({ length: sizeOf(dims) }, () => context.random.normal() * deviation);
	return context.g.constant(float32(dims, data), context.g.scoped(name));
}

/** A parameter with one value throughout. */
export function filled(context: LayerContext, name: string, length: number, value: number): string {
	return context.g.constant(float32([length], new Float32Array(length).fill(value)), context.g.scoped(name));
}

export interface ConvOptions {
	readonly kernel?: number;
	readonly stride?: number;
	/** A bias; leave it out in front of batch normalisation. */
	readonly bias?: boolean;
	/** Initial value of the bias. */
	readonly biasValue?: number;
	readonly group?: number;
}

/** Convolution whose output is the input's size divided by the stride. */
export function conv(
	context: LayerContext,
	x: string,
	name: string,
	filters: number,
	options: ConvOptions = {},
): string {
	const { g } = context;
	const { kernel = 3, stride = 1, bias = false, biasValue = 0, group = 1 } = options;
	const depth = (g.value(x).shape![1] as number) / group;
	return g.within(name, () => {
		const inputs = [x, weight(context, 'weight', [filters, depth, kernel, kernel])];
		if (bias) inputs.push(filled(context, 'bias', filters, biasValue));
		const pad = (kernel - 1) >> 1;
		return g.op('Conv', inputs, {
			kernel_shape: [kernel, kernel],
			strides: [stride, stride],
			pads: [pad, pad, pad, pad],
			group,
		});
	});
}

export function batchNorm(context: LayerContext, x: string, name: string): string {
	const { g } = context;
	const channels = g.value(x).shape![1] as number;
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
			{ epsilon: float(1e-5) },
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
	const features = g.value(x).shape![1] as number;
	return g.within(name, () =>
		g.op('Gemm', [x, weight(context, 'weight', [units, features]), filled(context, 'bias', units, biasValue)], {
			transB: 1,
		}),
	);
}

/** Doubles height and width by repeating pixels. */
export function enlarge(context: LayerContext, x: string): string {
	const scales = context.g.constant(float32([4], [1, 1, 2, 2]));
	return context.g.op('Resize', [x, '', scales], {
		mode: 'nearest',
		nearest_mode: 'floor',
		coordinate_transformation_mode: 'asymmetric',
	});
}
