/** Two 3×3 convolutions without padding: the smallest network with a receptive field of 5×5. */
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import type { Features } from './backbone.ts';
import { conv, type LayerContext } from './layers.ts';
import { buildNetwork, commonOptions } from './network.ts';

/** The options that `two-locally-connected` shares. */
export const twoLayerOptions = z.strictObject({
	...commonOptions({ score: 'none' }),
	/** Filters of both layers. */
	filters: z.array(z.int().min(1)).length(2).default([16, 32]),
});

export type TwoLayerOptions = z.infer<typeof twoLayerOptions>;

/** By default without heads: 448 + 4,640 parameters on three channels. */
export function twoConv(options: TwoLayerOptions): Graph {
	return buildNetwork('two-conv', backbone, options);
}

function backbone(context: LayerContext, image: string, { filters }: TwoLayerOptions): Features {
	const layer = (x: string, name: string, count: number) =>
		context.g.relu(conv(context, x, name, count, { bias: true, pads: [0, 0, 0, 0] }));
	return { stages: [{ value: layer(layer(image, 'conv1', filters[0]), 'conv2', filters[1]), stride: 1 }] };
}
