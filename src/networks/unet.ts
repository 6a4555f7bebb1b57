/** U-Net (Ronneberger et al. 2015): an encoder of levels, each of which the decoder joins again. */
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import { type Features, type Stage, stagesOf } from './backbone.ts';
import { convBnRelu, type LayerContext } from './layers.ts';
import { buildNetwork, commonOptions } from './network.ts';

export const unetOptions = z.strictObject({
	...commonOptions({ mask: 'sigmoid', hidden: [32], headPooling: 'both' }),
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
	/** Largest number of filters of any level. */
	maxFilters: z.int().min(1).default(1024),
});

export type UnetOptions = z.infer<typeof unetOptions>;

/** By default with both heads. */
export function unet(options: UnetOptions): Graph {
	return buildNetwork('unet', encoder, options);
}

function encoder(context: LayerContext, image: string, options: UnetOptions): Features {
	const { base, depth, down, up, stem, maxFilters } = options;
	const filters = (level: number) => Math.min(base << level, maxFilters);
	const stages: Stage[] = [];
	let value = image;
	for (let level = 0; level < depth; level++) {
		value = context.g.within(`down${level}`, () =>
			level === 0 ? firstLevel(context, value, filters(0), stem) : encode(context, value, filters(level), down),
		);
		stages.push({ value, stride: (stem === 'half' ? 2 : 1) << level });
	}
	return { stages: stagesOf(stages), decoder: { filters, up, convolutions: 2, last: 'convolution' } };
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
