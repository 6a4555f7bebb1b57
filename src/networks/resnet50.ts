/** ResNet50 (He et al. 2015): bottleneck blocks with residual connections; layers are called as in Keras. */
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import { type Features, type Stage, stagesOf } from './backbone.ts';
import { namedConv, namedSum, normRelu } from './keras-layers.ts';
import { batchNorm, channelsOf, type LayerContext } from './layers.ts';
import { buildNetwork, commonOptions } from './network.ts';

export const resnet50Options = z
	.strictObject({
		...commonOptions(),
		/** The block that ends the network, such as `conv3_block4_out` (default: the last one). */
		cut: z.string().optional(),
		/** Multiplies the number of filters everywhere. */
		alpha: z.number().positive().max(4).default(1),
		/** Blocks of conv2 to conv5. */
		blocks: z.array(z.int().min(1)).length(4).default([3, 4, 6, 3]),
		/** `imagenet`: 7×7 of stride 2 and max pooling; `small`: 3×3 of stride 1, for images of a few dozen pixels. */
		stem: z.enum(['imagenet', 'small']).default('imagenet'),
		/**
		 * `keras` (He et al.'s first version): biases, a block's stride in its first 1×1 convolution, ε = 1.001e-5;
		 * `torch` (version 1.5): no biases, the stride in its 3×3 convolution, ε = 1e-5.
		 */
		style: z.enum(['keras', 'torch']).default('keras'),
	})
	.refine(({ cut, blocks }) => !cut || blocksOf(blocks).some(({ name }) => `${name}_out` === cut), {
		path: ['cut'],
		error: 'expected the output of one of the blocks, such as conv3_block4_out',
	});

type Resnet50Options = z.infer<typeof resnet50Options>;

interface Block {
	/** Such as `conv3_block1`. */
	readonly name: string;
	/** Filters of its 3×3 convolution before `alpha`; four times as many come out. */
	readonly filters: number;
	readonly stride: number;
	/** The first of its kind has a convolution in the shortcut. */
	readonly first: boolean;
}

/** By default with a score head only. */
export function resnet50(options: Resnet50Options): Graph {
	return buildNetwork('resnet50', backbone, options);
}

function backbone(context: LayerContext, image: string, options: Resnet50Options): Features {
	const small = options.stem === 'small';
	let stride = small ? 1 : 2;
	let x = stem(context, image, options);
	const stages: Stage[] = [{ value: x, stride }];
	if (!small) {
		const window = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
		x = context.g.op('MaxPool', [x], window, { names: ['pool1_pool'] });
		stride *= 2;
	}
	for (const block of blocksOf(options.blocks)) {
		x = addBlock(context, x, block, options);
		stride *= block.stride;
		stages.push({ value: x, stride });
		if (x === options.cut) break;
	}
	return { stages: stagesOf(stages) };
}

function blocksOf(counts: readonly number[]): readonly Block[] {
	return counts.flatMap((count, i) =>
		Array.from({ length: count }, (_, j) => ({
			name: `conv${i + 2}_block${j + 1}`,
			filters: 64 << i,
			stride: i > 0 && j === 0 ? 2 : 1,
			first: j === 0,
		})),
	);
}

function stem(context: LayerContext, image: string, options: Resnet50Options): string {
	const size = options.stem === 'small' ? { kernel: 3 } : { kernel: 7, stride: 2 };
	const x = namedConv(context, image, 'conv1_conv', scaled(64, options), { ...size, bias: options.style === 'keras' });
	return normRelu(context, x, 'conv1_bn', 'conv1_relu', normOf(options));
}

function addBlock(context: LayerContext, x: string, block: Block, options: Resnet50Options): string {
	const { name, stride, first } = block;
	const filters = scaled(block.filters, options);
	const bias = options.style === 'keras';
	const [early, late] = bias ? [stride, 1] : [1, stride];
	const layer = (from: string, part: number, count: number, kernel: number, step: number) =>
		namedConv(context, from, `${name}_${part}_conv`, count, { kernel, stride: step, bias });
	const norm = (from: string, part: number) => batchNorm(context, from, `${name}_${part}_bn`, normOf(options));
	const relu = (from: string, part: number) =>
		normRelu(context, from, `${name}_${part}_bn`, `${name}_${part}_relu`, normOf(options));
	const shortcut = first ? norm(layer(x, 0, 4 * filters, 1, stride), 0) : x;
	const narrow = relu(layer(x, 1, filters, 1, early), 1);
	const middle = relu(layer(narrow, 2, filters, 3, late), 2);
	const wide = norm(layer(middle, 3, channelsOf(context, shortcut), 1, 1), 3);
	const sum = namedSum(context, shortcut, wide, `${name}_add`);
	return context.g.op('Relu', [sum], {}, { names: [`${name}_out`] });
}

function normOf({ style }: Resnet50Options) {
	return { epsilon: style === 'keras' ? 1.001e-5 : 1e-5 };
}

function scaled(filters: number, { alpha }: Resnet50Options): number {
	return Math.max(1, Math.round(filters * alpha));
}
