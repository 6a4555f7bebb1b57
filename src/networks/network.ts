/** Puts a backbone and heads together: what every entry of the table of networks is made with. */
import { z } from 'zod';
import { Random } from '../base/random.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { float32, type Graph } from '../graph/graph.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import type { Backbone } from './backbone.ts';
import { addHeads, type HeadDefaults, headOptions } from './heads.ts';
import { INITIALIZER_NAMES, type Initializer } from './initializers.ts';
import type { LayerContext } from './layers.ts';

/** How images in [0,1] are scaled before the first layer, as the weights of others expect it; mean and deviation of each channel. */
const INPUT_SCALES = {
	/** As they are. */
	unit: undefined,
	/** ImageNet's mean and deviation: weights of torchvision and most of timm. */
	imagenet: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
	/** [−1, 1]: Keras's MobileNetV2. */
	symmetric: { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
	/** [0, 255] minus ImageNet's mean, RGB: Keras's ResNet50 once the channels of its first layer are reversed. */
	caffe: { mean: [123.68 / 255, 116.779 / 255, 103.939 / 255], deviation: [1 / 255, 1 / 255, 1 / 255] },
} as const;

/** Each channel of each image to mean 0 and deviation 1: the same part looks the same at every exposure. */
const STANDARDIZED = 'standardized';

/** Deviation of an image without contrast, which is not amplified any further, in units of [0,1]. */
const FLAT = 0.02;

const INPUT_NAMES = [...(Object.keys(INPUT_SCALES) as (keyof typeof INPUT_SCALES)[]), STANDARDIZED] as const;

interface NetworkDefaults extends HeadDefaults {
	readonly initializer?: Initializer;
}

/** The options that every network has, with an architecture's own defaults. */
export function commonOptions(defaults: NetworkDefaults = {}) {
	return {
		/** Input size in pixels. */
		width: z.int().min(8).default(160),
		height: z.int().min(8).default(160),
		/** 1 = grey, 3 = colour. */
		channels: z.union([z.literal(1), z.literal(3)]).default(1),
		/** How the image is scaled in front of the first layer. */
		input: z.enum(INPUT_NAMES).default('unit'),
		...headOptions(defaults),
		/** How weights start. */
		initializer: z.enum(INITIALIZER_NAMES).default(defaults.initializer ?? 'he'),
		seed: z.int().default(0),
	};
}

type CommonOptions = z.infer<z.ZodObject<ReturnType<typeof commonOptions>>>;

/**
 * Builds a network: input `x` float32 [N, channels, height, width] in [0,1], outputs as `addHeads` says.
 *
 * @param options parsed with a schema that has the common options
 */
export function buildNetwork<O extends CommonOptions>(name: string, backbone: Backbone<O>, options: O): Graph {
	const g = new GraphBuilder(name);
	const { channels, height, width, initializer, seed } = options;
	const context: LayerContext = { g, random: new Random(seed, 1), initializer, seed };
	const x = g.input('x', 'float32', ['N', channels, height, width]);
	addHeads(context, backbone(context, scaled(g, x, options), options), options);
	return dropDeadNodes(g.build()).graph;
}

/**
 * Stays in the graph: folded into the first convolution it would be wrong at the borders, whose padding is zero behind the
 * scaling. A grey image becomes three scaled planes, exactly as a colour image of equal channels.
 */
function scaled(g: GraphBuilder, x: string, { input }: CommonOptions): string {
	if (input === STANDARDIZED) return g.within('input', () => standardized(g, x));
	const scale = INPUT_SCALES[input];
	if (!scale) return x;
	const perChannel = (values: readonly number[]) => g.constant(float32([1, 3, 1, 1], values));
	return g.within('input', () => g.div(g.sub(x, perChannel(scale.mean)), perChannel(scale.deviation)));
}

function standardized(g: GraphBuilder, x: string): string {
	const centred = g.sub(x, g.reduceMean(x, [2, 3], 1));
	const variance = g.reduceMean(g.mul(centred, centred), [2, 3], 1);
	return g.div(centred, g.op('Sqrt', [g.add(variance, g.scalar(FLAT ** 2))]));
}
