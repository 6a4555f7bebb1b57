/** A small deployed U-Net and images for it, for tests that need a real graph but no training. */
import { Random } from '../../src/base/random.ts';
import { floatOf } from '../../src/graph/attributes.ts';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import { deploy } from '../../src/networks/deploy.ts';
import { type UnetOptions, unet, unetOptions } from '../../src/networks/unet.ts';

const SIZE = 32;

/** Batch statistics and shifts are drawn at random, so that folding them matters. */
export function smallInspector(options: Partial<UnetOptions> = {}): Graph {
	const random = new Random(21);
	const network = unet(unetOptions.parse({ width: SIZE, height: SIZE, base: 8, depth: 3, ...options }));
	const initializers = new Map(network.initializers);
	for (const node of network.nodes)
		if (node.op === 'BatchNormalization' && floatOf(node, 'epsilon', 0) > 0)
			for (const [i, name] of node.inputs.entries())
				if (i > 0) initializers.set(name, statistic(i, initializers.get(name)!, random));
	return deploy({ ...network, initializers });
}

function statistic(input: number, tensor: Tensor, random: Random): Tensor {
	const draw = [
		() => 0,
		() => random.between(0.5, 1.5),
		() => random.between(-0.3, 0.3),
		() => random.between(-0.2, 0.2),
		() => random.between(0.5, 2),
	][input];
	return { ...tensor, data: Float32Array.from(tensor.data as Float32Array, draw) };
}

/** Smooth patterns with noise, uint8[SIZE,SIZE,channels]. */
export function smallImages(count: number, channels = 1): Uint8Array[] {
	const random = new Random(22);
	return Array.from({ length: count }, () => {
		const [base, period] = [random.between(60, 200), random.between(5, 40)];
		return Uint8ClampedArray.from(
			{ length: SIZE * SIZE * channels },
			(_, i) => base + 50 * Math.sin(i / period) + 15 * random.normal(),
		);
	}).map((pixels) => new Uint8Array(pixels.buffer));
}
