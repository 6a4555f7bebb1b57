/** Inception-ResNet-A blocks (Szegedy et al. 2016): three branches, put together by a linear 1×1 convolution. */
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import type { Features } from './backbone.ts';
import { channelsOf, conv, type LayerContext } from './layers.ts';
import { buildNetwork, commonOptions } from './network.ts';

export const inceptionResnetAOptions = z.strictObject({
	...commonOptions({ score: 'none' }),
	/** Blocks one after another; from the second on with a residual sum, which needs as many channels in as out. */
	blocks: z.int().min(1).max(20).default(1),
});

/** By default without heads: one block, 52,960 parameters on three channels, receptive field 5×5. */
export function inceptionResnetA(options: z.infer<typeof inceptionResnetAOptions>): Graph {
	return buildNetwork('inception-resnet-a', backbone, options);
}

function backbone(context: LayerContext, image: string, { blocks }: { readonly blocks: number }): Features {
	let x = image;
	for (let i = 1; i <= blocks; i++) x = context.g.within(`block${i}`, () => block(context, x, i < blocks));
	return { stages: [{ value: x, stride: 1 }] };
}

/** @param rectified a ReLU at the end; the last block is linear */
function block(context: LayerContext, x: string, rectified: boolean): string {
	const { g } = context;
	const layer = (from: string, name: string, kernel: number) =>
		g.relu(conv(context, from, name, 32, { kernel, bias: true }));
	const point = layer(x, 'branch1_1x1', 1);
	const once = layer(layer(x, 'branch2_1x1', 1), 'branch2_3x3', 3);
	const twice = layer(layer(layer(x, 'branch3_1x1', 1), 'branch3_3x3_1', 3), 'branch3_3x3_2', 3);
	const linear = conv(context, g.concat([point, once, twice], 1), 'linear', 256, { kernel: 1, bias: true });
	const sum = channelsOf(context, x) === 256 ? g.add(x, linear) : linear;
	return rectified ? g.relu(sum) : sum;
}
