/** U-Net on MobileNetV2: its expansions are the skips, a decoder of transposed convolutions makes the mask. */
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import { type Features, stagesOf } from './backbone.ts';
import type { LayerContext } from './layers.ts';
import { encoderOptions, mobilenetV2Blocks } from './mobilenet-v2.ts';
import { buildNetwork, commonOptions } from './network.ts';

export const mobilenetV2UnetOptions = z.strictObject({
	...commonOptions({ score: 'none', mask: 'sigmoid' }),
	...encoderOptions,
	/** Filters of the decoder's transposed convolutions, from the deepest to the finest. */
	decoder: z.array(z.int().min(1)).length(4).default([512, 256, 128, 64]),
});

type MobilenetV2UnetOptions = z.infer<typeof mobilenetV2UnetOptions>;

/** By default with a mask only. */
export function mobilenetV2Unet(options: MobilenetV2UnetOptions): Graph {
	return buildNetwork('mobilenet-v2-unet', backbone, options);
}

/**
 * Skips `block_1_expand_relu`, `block_3_expand_relu`, `block_6_expand_relu` and `block_13_expand_relu`, bottom
 * `block_16_project`; each level of the decoder is a 3×3 transposed convolution of stride 2, batch normalisation and
 * ReLU, and one more transposed convolution gives the logits.
 */
function backbone(context: LayerContext, image: string, options: MobilenetV2UnetOptions): Features {
	const { stages, stride } = mobilenetV2Blocks(context, image, options);
	return {
		stages: stagesOf([...stages, { value: 'block_16_project', stride }]),
		decoder: {
			filters: (level) => options.decoder[3 - level],
			up: 'transposed-norm',
			convolutions: 0,
			last: 'transposed',
		},
	};
}
