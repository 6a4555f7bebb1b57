/** A plain classifier: stages of convolutions and pooling, then dense layers. */
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import { type Features, type Stage, stagesOf } from './backbone.ts';
import { batchNorm, conv, dropout, type LayerContext } from './layers.ts';
import { buildNetwork, commonOptions } from './network.ts';

export const simpleCnnOptions = z.strictObject({
	...commonOptions({ hidden: [64], headPooling: 'both' }),
	/** Filters of the first stage; doubled at every stage. */
	base: z.int().min(1).default(16),
	/** Largest number of filters of any stage. */
	maxFilters: z.int().min(1).default(1024),
	/** Stages, each of which halves height and width. */
	depth: z.int().min(1).max(7).default(4),
	/** 3×3 convolutions of each stage. */
	convolutions: z.int().min(1).max(3).default(1),
	/** How a stage halves the size; `stride` lets its last convolution do it. */
	pooling: z.enum(['max', 'average', 'stride']).default('max'),
	/** Batch normalisation behind every convolution; without it convolutions have biases. */
	batchNorm: z.boolean().default(true),
	/** Share of the values that training drops behind each stage. */
	stageDropout: z.number().min(0).lt(1).default(0),
});

type SimpleCnnOptions = z.infer<typeof simpleCnnOptions>;

/** By default with a score head only. */
export function simpleCnn(options: SimpleCnnOptions): Graph {
	return buildNetwork('simple-cnn', backbone, options);
}

function backbone(context: LayerContext, image: string, options: SimpleCnnOptions): Features {
	const { base, maxFilters, depth, convolutions, pooling } = options;
	const stages: Stage[] = [];
	let x = image;
	for (let stage = 0; stage < depth; stage++) {
		const filters = Math.min(base << stage, maxFilters);
		context.g.within(`stage${stage}`, () => {
			for (const name of ['a', 'b', 'c'].slice(0, convolutions)) {
				const halves = pooling === 'stride' && name === 'abc'[convolutions - 1];
				x = layer(context, x, name, filters, halves ? 2 : 1, options.batchNorm);
				stages.push({ value: x, stride: (halves ? 2 : 1) << stage });
			}
			x = dropout(context, pooled(context, x, pooling), options.stageDropout);
			stages.push({ value: x, stride: 2 << stage });
		});
	}
	return { stages: stagesOf(stages) };
}

function layer(context: LayerContext, x: string, name: string, filters: number, stride: number, norm: boolean) {
	return context.g.within(name, () => {
		const y = conv(context, x, 'conv', filters, { stride, bias: !norm });
		return context.g.relu(norm ? batchNorm(context, y, 'bn') : y);
	});
}

function pooled({ g }: LayerContext, x: string, pooling: SimpleCnnOptions['pooling']): string {
	if (pooling === 'stride') return x;
	return g.op(pooling === 'max' ? 'MaxPool' : 'AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
}
