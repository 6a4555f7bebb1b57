/** Scores labelled images with a classifier of several classes, a batch at a time. */
import { GraphBuilder } from '../graph/builder.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { type ModelOptions, openModel, Tensor } from '../inference/model.ts';
import { type Classification, classification } from '../metrics/classification.ts';
import type { LabelledImages } from './labelled-images.ts';

/**
 * A network with input `x` [N,C,H,W] in [0,1] and output `score_logits` [N,K] becomes: `images` uint8 [N,H,W,C] →
 * `probabilities` float32 [N,K].
 */
export function classifierGraph(network: Graph): Graph {
	const [channels, height, width] = network.inputs[0].shape!.slice(1) as readonly number[];
	const g = new GraphBuilder(network.name);
	const images = g.input('images', 'uint8', ['N', height, width, channels]);
	g.within('input', () => {
		const planes = g.op('Cast', [g.transpose(images, [0, 3, 1, 2])], { to: 1 });
		g.op('Mul', [planes, g.scalar(1 / 255)], {}, { names: [network.inputs[0].name] });
	});
	for (const [name, tensor] of network.initializers) g.constant(tensor, name);
	for (const node of network.nodes) g.append(node);
	g.output(g.op('Softmax', ['score_logits'], { axis: 1 }), 'probabilities');
	return g.build();
}

/** Images that are scored at once. */
const BATCH = 100;

export interface ClassifyOptions extends ModelOptions {
	/** How many of the images, spread evenly; all by default. */
	readonly limit?: number;
	/** Is shown every result: the image's place in the data, and the probability of each class. */
	readonly onImage?: (index: number, probabilities: Float32Array) => void;
}

export async function classifyImages(
	network: Graph,
	data: LabelledImages,
	options: ClassifyOptions = {},
): Promise<Classification> {
	const { width, height, channels, samples, images, classes } = data;
	const model = await openModel(encodeModel(classifierGraph(network)), options);
	const count = Math.min(options.limit ?? samples.length, samples.length);
	const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * samples.length) / count));
	const size = width * height * channels;
	try {
		const rows: Float32Array[] = [];
		for (let start = 0; start < count; start += BATCH) {
			const part = chosen.slice(start, start + BATCH);
			const bytes = new Uint8Array(part.length * size);
			for (const [i, index] of part.entries()) bytes.set(images.subarray(index * size, (index + 1) * size), i * size);
			const feed = new Tensor('uint8', bytes, [part.length, height, width, channels]);
			const { probabilities } = await model.run({ images: feed });
			const data = probabilities.data as Float32Array;
			for (const [i, index] of part.entries()) {
				const row = data.slice(i * classes.length, (i + 1) * classes.length);
				rows.push(row);
				options.onImage?.(index, row);
			}
		}
		return classification(
			classes,
			chosen.map((index) => samples[index].label),
			rows,
		);
	} finally {
		await model.close();
	}
}
