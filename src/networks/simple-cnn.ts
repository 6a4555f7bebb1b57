/** A plain classifier: convolutions and pooling, then dense layers to one defect logit. */
import { z } from 'zod';
import { Random } from '../base/random.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { convBnRelu, dense, type LayerContext } from './layers.ts';

export const simpleCnnOptions = z.strictObject({
	width: z.int().min(8).default(160),
	height: z.int().min(8).default(160),
	channels: z.union([z.literal(1), z.literal(3)]).default(1),
	/** Filters of the first stage; doubled at every stage. */
	base: z.int().min(1).default(16),
	/** Stages of convolution and pooling. */
	depth: z.int().min(1).max(7).default(4),
	pooling: z.enum(['max', 'average']).default('max'),
	/** Units of the hidden dense layer. */
	hidden: z.int().min(1).default(64),
	seed: z.int().default(0),
});

export type SimpleCnnOptions = z.infer<typeof simpleCnnOptions>;

/** Input `x` float32 [N, channels, height, width] in [0,1]; output `score_logits` [N, 1]. */
export function simpleCnn(options: SimpleCnnOptions): Graph {
	const g = new GraphBuilder('simple-cnn');
	const context: LayerContext = { g, random: new Random(options.seed, 1), initializer: 'he' };
	const pool = options.pooling === 'max' ? 'MaxPool' : 'AveragePool';
	let x = g.input('x', 'float32', ['N', options.channels, options.height, options.width]);
	for (let stage = 0; stage < options.depth; stage++)
		x = g.within(`stage${stage}`, () =>
			g.op(pool, [convBnRelu(context, x, 'a', options.base << stage)], { kernel_shape: [2, 2], strides: [2, 2] }),
		);
	const features = g.op('Flatten', [g.op('GlobalAveragePool', [x])], { axis: 1 });
	const strongest = g.op('Flatten', [g.op('GlobalMaxPool', [x])], { axis: 1 });
	const hidden = g.relu(dense(context, g.concat([features, strongest], 1), 'hidden', options.hidden));
	g.output(dense(context, hidden, 'logit', 1), 'score_logits');
	return g.build();
}
