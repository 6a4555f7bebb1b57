/** MobileNetV2 (Sandler et al. 2018): inverted residual blocks of depthwise convolutions; layers are called as in Keras. */
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import { type Features, type Stage, stagesOf } from './backbone.ts';
import { namedConv, namedSum, normRelu } from './keras-layers.ts';
import { batchNorm, channelsOf, type LayerContext, type Pads, sizeOfMap } from './layers.ts';
import { buildNetwork, commonOptions } from './network.ts';

/** The options of the encoder, which `mobilenet-v2-unet` shares. */
export const encoderOptions = {
	/** Multiplies the number of filters everywhere; results are multiples of 8. */
	alpha: z.number().positive().max(4).default(1),
	/** `imagenet`: a first convolution of stride 2; `small`: of stride 1, for images of a few dozen pixels. */
	stem: z.enum(['imagenet', 'small']).default('imagenet'),
	/** `keras` pads even sizes at the end only and has ε = 1e-3; `torch` pads both sides alike and has ε = 1e-5. */
	style: z.enum(['keras', 'torch']).default('keras'),
};

export const mobilenetV2Options = z.strictObject({ ...commonOptions(), ...encoderOptions });

type EncoderOptions = z.infer<z.ZodObject<typeof encoderOptions>>;

/** Groups of blocks: expansion, output filters, number of blocks, stride of the first (Sandler et al. 2018, table 2). */
const GROUPS = [
	[1, 16, 1, 1],
	[6, 24, 2, 2],
	[6, 32, 3, 2],
	[6, 64, 4, 2],
	[6, 96, 3, 1],
	[6, 160, 3, 2],
	[6, 320, 1, 1],
] as const;

interface Block {
	/** Prefix of its layers: `expanded_conv` for block 0, else `block_<i>`. */
	readonly prefix: string;
	readonly expansion: number;
	readonly filters: number;
	readonly stride: number;
}

/** By default with a score head only. */
export function mobilenetV2(options: z.infer<typeof mobilenetV2Options>): Graph {
	return buildNetwork('mobilenet-v2', backbone, options);
}

function backbone(context: LayerContext, image: string, options: EncoderOptions): Features {
	const { stages, x, stride } = mobilenetV2Blocks(context, image, options);
	const filters = divisibleBy8(1280 * Math.max(1, options.alpha));
	const wide = namedConv(context, x, 'Conv_1', filters, { kernel: 1 });
	const last = normRelu(context, wide, 'Conv_1_bn', 'out_relu', { ...normOf(options), limit: 6 });
	return { stages: stagesOf([...stages, { value: last, stride }]) };
}

/**
 * Conv1 and blocks 0 to 16. The stages are the last expansions in front of each halving: `block_1_expand_relu`,
 * `block_3_expand_relu`, `block_6_expand_relu` and `block_13_expand_relu`; `x` is the last block's output.
 */
export function mobilenetV2Blocks(context: LayerContext, image: string, options: EncoderOptions) {
	let stride = options.stem === 'small' ? 1 : 2;
	const first = namedConv(context, image, 'Conv1', divisibleBy8(32 * options.alpha), {
		stride,
		pads: padsOf(context, image, stride, options),
	});
	let x = normRelu(context, first, 'bn_Conv1', 'Conv1_relu', { ...normOf(options), limit: 6 });
	const stages: Stage[] = [];
	for (const block of blocksOf(options.alpha)) {
		const expanded = expand(context, x, block, options);
		if (block.stride > 1) stages.push({ value: expanded, stride });
		x = project(context, x, expanded, block, options);
		stride *= block.stride;
	}
	return { stages, x, stride };
}

function blocksOf(alpha: number): readonly Block[] {
	const blocks = GROUPS.flatMap(([expansion, filters, count, stride]) =>
		Array.from({ length: count }, (_, i) => ({
			expansion,
			filters: divisibleBy8(filters * alpha),
			stride: i === 0 ? stride : 1,
		})),
	);
	return blocks.map((block, i) => ({ ...block, prefix: i === 0 ? 'expanded_conv' : `block_${i}` }));
}

/** The 1×1 convolution that makes a block wide; block 0 has none. */
function expand(context: LayerContext, x: string, { prefix, expansion }: Block, options: EncoderOptions): string {
	if (expansion === 1) return x;
	const wide = namedConv(context, x, `${prefix}_expand`, expansion * channelsOf(context, x), { kernel: 1 });
	return normRelu(context, wide, `${prefix}_expand_BN`, `${prefix}_expand_relu`, { ...normOf(options), limit: 6 });
}

/** Depthwise convolution, linear projection, and the residual sum where input and output have the same shape. */
function project(context: LayerContext, x: string, expanded: string, block: Block, options: EncoderOptions): string {
	const { prefix, stride, filters } = block;
	const channels = channelsOf(context, expanded);
	const norm = normOf(options);
	const depthwise = namedConv(context, expanded, `${prefix}_depthwise`, channels, {
		stride,
		group: channels,
		pads: padsOf(context, expanded, stride, options),
	});
	const filtered = normRelu(context, depthwise, `${prefix}_depthwise_BN`, `${prefix}_depthwise_relu`, {
		...norm,
		limit: 6,
	});
	const narrow = namedConv(context, filtered, `${prefix}_project`, filters, { kernel: 1 });
	const y = batchNorm(context, narrow, `${prefix}_project_BN`, norm);
	return stride === 1 && channelsOf(context, x) === filters ? namedSum(context, x, y, `${prefix}_add`) : y;
}

/** Keras pads in front of a stride of 2 so that the last window ends at the border. */
function padsOf(context: LayerContext, x: string, stride: number, { style }: EncoderOptions): Pads {
	if (stride === 1 || style === 'torch') return [1, 1, 1, 1];
	const [top, left] = sizeOfMap(context, x).map((size) => (size % 2 === 0 ? 0 : 1));
	return [top, left, 1, 1];
}

function normOf({ style }: EncoderOptions) {
	return { epsilon: style === 'keras' ? 1e-3 : 1e-5 };
}

/** The nearest multiple of 8, at least 8 and never below nine tenths of the number (as both reference versions round). */
function divisibleBy8(filters: number): number {
	const rounded = Math.max(8, Math.floor((filters + 4) / 8) * 8);
	return rounded < 0.9 * filters ? rounded + 8 : rounded;
}
