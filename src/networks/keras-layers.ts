/** Layers of architectures that exist elsewhere too: parameters and outputs are called as Keras calls the layers. */
import { batchNorm, type ConvOptions, conv, type LayerContext, type NormOptions } from './layers.ts';

/** Convolution; its output is called `name`. */
export function namedConv(
	context: LayerContext,
	x: string,
	name: string,
	filters: number,
	options: ConvOptions = {},
): string {
	return conv(context, x, name, filters, { ...options, output: name });
}

/** Batch normalisation and ReLU (or ReLU6); the output is called `output`. */
export function normRelu(
	context: LayerContext,
	x: string,
	name: string,
	output: string,
	options: NormOptions & { readonly limit?: 6 } = {},
): string {
	const { g } = context;
	const y = batchNorm(context, x, name, options);
	if (options.limit) return g.op('Clip', [y, g.scalar(0), g.scalar(options.limit)], {}, { names: [output] });
	return g.op('Relu', [y], {}, { names: [output] });
}

/** Sum of both branches of a residual block; the output is called `name`. */
export function namedSum({ g }: LayerContext, a: string, b: string, name: string): string {
	return g.op('Add', [a, b], {}, { names: [name] });
}
