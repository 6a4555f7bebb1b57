/** A deep stack of equal layers: what vanishing and exploding gradients are shown on, and what cures them. */
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import type { Features } from './backbone.ts';
import { batchNorm, conv, type LayerContext } from './layers.ts';
import { buildNetwork, commonOptions } from './network.ts';

const FUNCTIONS = { sigmoid: 'Sigmoid', relu: 'Relu', tanh: 'Tanh' } as const;

export const plainDeepOptions = z.strictObject({
	...commonOptions(),
	/** 3×3 convolutions, the first two of stride 2. */
	layers: z.int().min(1).max(200).default(30),
	/** Filters of each layer. */
	filters: z.int().min(1).default(16),
	activation: z.enum(Object.keys(FUNCTIONS) as [keyof typeof FUNCTIONS]).default('relu'),
	/** Adds a layer's input to its output (He et al. 2015). */
	residual: z.boolean().default(false),
	batchNorm: z.boolean().default(false),
});

type PlainDeepOptions = z.infer<typeof plainDeepOptions>;

/** By default with a score head only. */
export function plainDeep(options: PlainDeepOptions): Graph {
	return buildNetwork('plain-deep', backbone, options);
}

function backbone(context: LayerContext, image: string, options: PlainDeepOptions): Features {
	let value = image;
	const halved = Math.min(2, options.layers);
	for (let i = 1; i <= options.layers; i++) {
		const input = value;
		value = context.g.within(`layer${i}`, () => layer(context, input, i <= halved ? 2 : 1, options));
	}
	return { stages: [{ value, stride: 1 << halved }] };
}

function layer(context: LayerContext, x: string, stride: number, options: PlainDeepOptions): string {
	const { g } = context;
	const y = conv(context, x, 'conv', options.filters, { stride, bias: !options.batchNorm });
	const active = g.op(FUNCTIONS[options.activation], [options.batchNorm ? batchNorm(context, y, 'bn') : y]);
	return options.residual && stride === 1 ? g.add(x, active) : active;
}
