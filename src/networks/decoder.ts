/** From feature maps back to the size of the image: level by level, a skip joining at each (Ronneberger et al. 2015). */
import { DEFAULT_DECODER, type DecoderOptions, type Features, type Stage } from './backbone.ts';
import {
	batchNorm,
	channelsOf,
	conv,
	convBnRelu,
	enlarge,
	filled,
	fitTo,
	type LayerContext,
	sizeOfMap,
	weight,
} from './layers.ts';

export interface MaskOptions {
	readonly height: number;
	readonly width: number;
	/** Channels of the mask. */
	readonly outputs: number;
	/** Initial bias of each channel. */
	readonly bias: (channel: number) => number;
}

/** Mask logits [N, outputs, height, width], whatever sizes the stages have. */
export function decodeMask(context: LayerContext, features: Features, mask: MaskOptions): string {
	const { stages, decoder = DEFAULT_DECODER } = features;
	let { value, stride } = stages.at(-1)!;
	for (let level = stages.length - 2; level >= 0; level--) {
		value = context.g.within(`up${level}`, () => joinSkip(context, { value, stride }, stages[level], level, decoder));
		stride = stages[level].stride;
	}
	const logits = decoder.last === 'convolution' ? logitsByConvolution : logitsByTransposedConvolution;
	return logits(context, { value, stride }, mask);
}

function joinSkip(context: LayerContext, deep: Stage, skip: Stage, level: number, decoder: DecoderOptions): string {
	const filters = decoder.filters(level);
	const larger = enlarged(context, deep.value, filters, deep.stride / skip.stride, decoder.up);
	const merged = context.g.concat([fitTo(context, larger, ...sizeOfMap(context, skip.value)), skip.value], 1);
	const names = ['a', 'b', 'c'].slice(0, decoder.convolutions);
	return names.reduce((x, name) => convBnRelu(context, x, name, filters), merged);
}

function enlarged(context: LayerContext, x: string, filters: number, factor: number, up: DecoderOptions['up']): string {
	if (up === 'nearest') return enlarge(context, conv(context, x, 'up', filters, { kernel: 1 }), factor);
	if (up === 'transposed') return transposed(context, x, 'up', filters, factor, factor);
	return context.g.relu(batchNorm(context, transposed(context, x, 'up', filters, 3, factor), 'bn'));
}

/** Transposed convolution to exactly `factor` times the size, padded as Keras's `same` does. */
function transposed(
	context: LayerContext,
	x: string,
	name: string,
	filters: number,
	kernel: number,
	factor: number,
	bias?: (channel: number) => number,
): string {
	const { g } = context;
	const begin = Math.floor(Math.max(0, kernel - factor) / 2);
	const end = Math.max(0, kernel - factor) - begin;
	const extra = Math.max(0, factor - kernel);
	const attributes = {
		kernel_shape: [kernel, kernel],
		strides: [factor, factor],
		pads: [begin, begin, end, end],
		...(extra > 0 && { output_padding: [extra, extra] }),
	};
	return g.within(name, () => {
		const inputs = [x, weight(context, 'weight', [channelsOf(context, x), filters, kernel, kernel])];
		if (bias) inputs.push(filled(context, 'bias', filters, bias));
		return g.op('ConvTranspose', inputs, attributes);
	});
}

/** At a finer stride than the image's, stride² logits a position become stride × stride pixels. */
function logitsByConvolution(context: LayerContext, { value, stride }: Stage, mask: MaskOptions): string {
	const { height, width, outputs } = mask;
	const features = fitTo(context, value, Math.ceil(height / stride), Math.ceil(width / stride));
	const logits = conv(context, features, 'mask', outputs * stride ** 2, {
		kernel: 1,
		bias: true,
		biasValue: (i) => mask.bias(i % outputs),
	});
	const full = stride === 1 ? logits : context.g.op('DepthToSpace', [logits], { blocksize: stride });
	return fitTo(context, full, height, width);
}

function logitsByTransposedConvolution(context: LayerContext, { value, stride }: Stage, mask: MaskOptions): string {
	const { height, width, outputs } = mask;
	const features = fitTo(context, value, Math.ceil(height / stride), Math.ceil(width / stride));
	return fitTo(context, transposed(context, features, 'mask', outputs, 3, stride, mask.bias), height, width);
}
