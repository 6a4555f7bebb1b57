import t from 'tap';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { lower } from '../../../src/graph/passes/lower.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { deploy } from '../../../src/networks/deploy.ts';
import { NETWORKS } from '../../../src/networks/index.ts';
import { insertFakeQuantization } from '../../../src/quantization/fake-quantization/insert-fake-quantization.ts';
import { logitsNetwork } from '../../../src/quantization/fake-quantization/logits-network.ts';
import { observeValues, withOutputs } from '../../../src/quantization/observe-values.ts';
import { planQuantization } from '../../../src/quantization/plan.ts';
import { quantizeGraph } from '../../../src/quantization/quantize-graph.ts';
import { prepareForQuantization } from '../../../src/quantization/quantize-model.ts';
import { rangesOf } from '../../../src/quantization/ranges/index.ts';
import { smallImages, smallInspector } from '../../support/small-inspector.ts';

const size = { width: 32, height: 32, channels: 1 } as const;

const MODELS: Readonly<Record<string, () => Graph>> = {
	'a U-Net': () => smallInspector(),
	'a U-Net that halves its images first': () => smallInspector({ stem: 'half', score: 'none' }),
	'a U-Net with transposed convolutions and max pooling': () => smallInspector({ up: 'transposed', down: 'max-pool' }),
	'a MobileNetV2-U-Net': () =>
		deploy(NETWORKS['mobilenet-v2-unet'].create({ ...size, alpha: 0.35, decoder: [16, 16, 8, 8], seed: 3 })),
	'a residual network': () =>
		deploy(NETWORKS.resnet50.create({ ...size, alpha: 0.125, blocks: [1, 1, 1, 1], seed: 3, score: 'sigmoid' })),
};

/** Largest and mean difference. */
function apart(a: Float32Array, b: Float32Array) {
	const differences = a.map((v, i) => Math.abs(v - b[i]));
	return { largest: Math.max(...differences), mean: differences.reduce((sum, d) => sum + d, 0) / a.length };
}

async function run(graph: Graph, feeds: Record<string, Tensor>, optimization?: 'disabled') {
	const model = await openModel(encodeModel(graph), { threads: 1, optimization });
	try {
		return await model.run(feeds);
	} finally {
		await model.close();
	}
}

for (const [name, model] of Object.entries(MODELS))
	t.test(`${name} with fake quantization computes what its quantized form computes`, async (t) => {
		const prepared = prepareForQuantization(model());
		const plan = planQuantization(prepared);
		const images = smallImages(6);
		// Narrower than what was seen, so that clipping counts as well.
		const ranges = rangesOf(await observeValues(prepared, images, [...plan.integers]), {
			method: 'percentile',
			percentile: 99,
		});
		const { graph, parameters, dequantized } = quantizeGraph(prepared, ranges, plan);
		const network = insertFakeQuantization(logitsNetwork(prepared), parameters);
		const logits = network.outputs.map((output) => output.name);
		const names = logits.map((output) => dequantized.get(output) ?? output);
		for (const image of images.slice(0, 2)) {
			const pixels = Float32Array.from(image, (byte) => byte * Math.fround(1 / 255));
			const feeds = { image: new Tensor('uint8', image, [1, 32, 32, 1]) };
			const ours = await run(lower(network).graph, { x: new Tensor('float32', pixels, [1, 1, 32, 32]) }, 'disabled');
			const literal = await run(withOutputs(graph, names), feeds, 'disabled');
			const fused = await run(withOutputs(graph, names), feeds);
			for (const [i, output] of logits.entries()) {
				const [a, b, c] = [ours[output], literal[names[i]], fused[names[i]]].map(({ data }) => data as Float32Array);
				const size = Math.max(...a.map(Math.abs));
				// A value right between two codes may fall to either side, which later layers see.
				for (const [what, difference] of [
					['as the file says', apart(a, b)],
					['on integers', apart(a, c)],
				] as const)
					t.ok(
						difference.largest <= 0.03 * size && difference.mean <= 1e-3 * size,
						`${output} ${what}: ${difference.largest}, on average ${difference.mean}, of ${size}`,
					);
			}
		}
	});
