/** U-Net (Ronneberger et al. 2015): an encoder, a decoder with skips, a mask head and an image-score head. */
import { z } from 'zod';
import { Random } from '../base/random.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { conv, convBnRelu, dense, enlarge, type LayerContext, weight } from './layers.ts';

export const unetOptions = z.strictObject({
	/** Input size in pixels; divisible by 2^(depth − 1), or 2^depth with the half-resolution stem. */
	width: z.int().min(8).default(160),
	height: z.int().min(8).default(160),
	channels: z.union([z.literal(1), z.literal(3)]).default(1),
	/** Filters of the first level; doubled at every level. */
	base: z.int().min(1).default(16),
	/** Levels, the first one at full resolution. */
	depth: z.int().min(2).max(7).default(5),
	/** How levels get smaller. */
	down: z.enum(['stride', 'max-pool']).default('stride'),
	/** How levels get larger: a 1×1 convolution and repeated pixels (fast in int8), or a learnt 2×2 transposed convolution. */
	up: z.enum(['nearest', 'transposed']).default('nearest'),
	/**
	 * `half` works at half resolution inside, four times faster: a first 6×6 convolution of stride 2, and at the end four
	 * logits a position that become 2×2 pixels.
	 */
	stem: z.enum(['full', 'half']).default('full'),
	/** A head on the deepest features that scores the whole image. */
	scoreHead: z.boolean().default(true),
	/** Largest number of filters of any level. */
	maxFilters: z.int().min(1).default(1024),
	seed: z.int().default(0),
});

export type UnetOptions = z.infer<typeof unetOptions>;

/**
 * Input `x` float32 [N, channels, height, width] in [0,1]; outputs `mask_logits` [N, 1, height, width] and, with the
 * score head, `score_logits` [N, 1].
 */
export function unet(options: UnetOptions): Graph {
	const g = new GraphBuilder('unet');
	const context: LayerContext = { g, random: new Random(options.seed, 1), initializer: 'he' };
	const filters = Array.from({ length: options.depth }, (_, level) =>
		Math.min(options.base << level, options.maxFilters),
	);
	const skips: string[] = [];
	let x = g.input('x', 'float32', ['N', options.channels, options.height, options.width]);
	filters.forEach((count, level) => {
		x = g.within(`down${level}`, () =>
			level === 0 ? firstLevel(context, x, count, options.stem) : encode(context, x, count, options.down),
		);
		skips.push(x);
	});
	const bottom = x;
	for (let level = options.depth - 2; level >= 0; level--)
		x = g.within(`up${level}`, () => decode(context, x, skips[level], filters[level], options.up));
	g.output(maskHead(context, x, options.stem), 'mask_logits');
	if (options.scoreHead)
		g.output(
			g.within('score', () => scoreHead(context, bottom)),
			'score_logits',
		);
	return g.build();
}

function firstLevel(context: LayerContext, x: string, filters: number, stem: UnetOptions['stem']): string {
	const first = stem === 'half' ? { kernel: 6, stride: 2 } : {};
	return convBnRelu(context, convBnRelu(context, x, 'a', filters, first), 'b', filters);
}

function encode(context: LayerContext, x: string, filters: number, down: UnetOptions['down']): string {
	const pool = { kernel_shape: [2, 2], strides: [2, 2] };
	const smaller = down === 'max-pool' ? context.g.op('MaxPool', [x], pool) : x;
	const first = convBnRelu(context, smaller, 'a', filters, { stride: down === 'stride' ? 2 : 1 });
	return convBnRelu(context, first, 'b', filters);
}

/** Rare defects: the bias starts at a probability of 0.05. */
function maskHead(context: LayerContext, x: string, stem: UnetOptions['stem']): string {
	const head = { kernel: 1, bias: true, biasValue: -3 };
	if (stem === 'full') return conv(context, x, 'mask', 1, head);
	return context.g.op('DepthToSpace', [conv(context, x, 'mask', 4, head)], { blocksize: 2 });
}

function decode(context: LayerContext, x: string, skip: string, filters: number, up: UnetOptions['up']): string {
	const { g } = context;
	const larger =
		up === 'nearest'
			? enlarge(context, conv(context, x, 'up', filters, { kernel: 1 }))
			: g.op('ConvTranspose', [x, weight(context, 'up/weight', [g.value(x).shape![1] as number, filters, 2, 2])], {
					kernel_shape: [2, 2],
					strides: [2, 2],
				});
	const merged = g.concat([larger, skip], 1);
	return convBnRelu(context, convBnRelu(context, merged, 'a', filters), 'b', filters);
}

/** The strongest and the mean response of every deep feature, through one hidden layer. */
function scoreHead(context: LayerContext, x: string): string {
	const { g } = context;
	const strongest = g.op('GlobalMaxPool', [x]);
	const mean = g.op('GlobalAveragePool', [x]);
	const features = g.op('Flatten', [g.concat([strongest, mean], 1)], { axis: 1 });
	const hidden = g.relu(dense(context, features, 'hidden', 32));
	return dense(context, hidden, 'logit', 1);
}
