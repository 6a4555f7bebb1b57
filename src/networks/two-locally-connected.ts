/** Two 3×3 layers without padding whose filters differ at every position: what a convolution would cost without sharing. */
import type { Graph } from '../graph/graph.ts';
import type { Features } from './backbone.ts';
import type { LayerContext } from './layers.ts';
import { locallyConnected } from './locally-connected.ts';
import { buildNetwork } from './network.ts';
import type { TwoLayerOptions } from './two-conv.ts';

/** By default without heads: 448·(n−2)² + 4,640·(n−4)² parameters on n×n×3. */
export function twoLocallyConnected(options: TwoLayerOptions): Graph {
	return buildNetwork('two-locally-connected', backbone, options);
}

function backbone(context: LayerContext, image: string, { filters }: TwoLayerOptions): Features {
	const layer = (x: string, name: string, count: number) => context.g.relu(locallyConnected(context, x, name, count));
	return { stages: [{ value: layer(layer(image, 'local1', filters[0]), 'local2', filters[1]), stride: 1 }] };
}
