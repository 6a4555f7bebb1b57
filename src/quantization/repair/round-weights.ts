/** Rounds weights up or down by what it does to each layer's output on calibration images. */
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph, Node, Tensor } from '../../graph/graph.ts';
import { dropDeadNodes } from '../../graph/passes/drop-dead-nodes.ts';
import { openModel } from '../../inference/model.ts';
import { withOutputs } from '../observe-values.ts';
import { INT8, quantize } from '../parameters.ts';
import { feedsOf, type Sample } from '../sample.ts';
import { blocksOf, PatchMoments } from './patch-moments.ts';
import { build, planOf, type Recipe, type Repair } from './repair.ts';
import { roundRow } from './round-row.ts';

/** Bytes of moments held at once; the images are run again for the next layers. */
const MOST_BYTES = 2 ** 28;

export const roundWeights: Repair = {
	expensive: true,
	async apply(recipe, { some, threads }) {
		const layers = layersOf(recipe);
		const codes = new Map<string, Int8Array>();
		const shares: number[] = [];
		for (const batch of inBatches(layers)) {
			const moments = await momentsOf(recipe.float, batch, some, threads);
			for (const [i, layer] of batch.entries()) {
				const centred = recipe.corrections.channelMeans !== undefined;
				const { before, after } = roundLayer(layer, moments[i], centred);
				if (before > 0) shares.push(after / before);
				codes.set(layer.node.outputs[0], layer.codes);
			}
		}
		if (shares.length === 0) return { nothing: 'no convolution on integers over two dimensions' };
		const left = (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length;
		return {
			recipe: { ...recipe, corrections: { ...recipe.corrections, codes } },
			detail: `${shares.length} layers: ${left.toFixed(0)} % of the output error by rounding is left, on average`,
		};
	},
};

interface Layer {
	readonly node: Node;
	readonly weight: Tensor;
	/** [Co]. */
	readonly scales: Float32Array;
	/** By rounding to the nearest, until they are rounded better. */
	readonly codes: Int8Array;
}

function layersOf(recipe: Recipe): Layer[] {
	const { initializers } = recipe.float;
	const { parameters } = build(recipe);
	const { convolutions } = planOf(recipe);
	return [...convolutions]
		.filter(({ inputs }) => initializers.get(inputs[1])!.dims.length === 4)
		.map((node) => {
			const [x, weightName, bias = ''] = node.inputs;
			const weight = initializers.get(weightName)!;
			const scales = recipe.scheme.weightScales(weight, initializers.get(bias), parameters.get(x)!.scale);
			const values = weight.data as Float32Array;
			const size = values.length / scales.length;
			const codes = Int8Array.from(values, (w, i) =>
				quantize(w, { scale: scales[Math.floor(i / size)], zeroPoint: 0 }, INT8),
			);
			return { node, weight, scales, codes };
		});
}

/** Layers whose moments fit into memory together. */
function inBatches(layers: readonly Layer[]): Layer[][] {
	const batches: Layer[][] = [];
	let room = 0;
	for (const layer of layers) {
		const { count, size } = blocksOf(layer.node, layer.weight.dims);
		const bytes = 8 * count * size * size;
		if (bytes > room || batches.length === 0) {
			batches.push([]);
			room = MOST_BYTES;
		}
		batches[batches.length - 1].push(layer);
		room -= bytes;
	}
	return batches;
}

async function momentsOf(
	graph: Graph,
	layers: readonly Layer[],
	samples: readonly Sample[],
	threads: number,
): Promise<PatchMoments[]> {
	const names = [...new Set(layers.map(({ node }) => node.inputs[0]))];
	const asked = dropDeadNodes(withOutputs({ ...graph, outputs: [] }, names)).graph;
	const model = await openModel(encodeModel(asked), { threads });
	const moments = layers.map(({ node, weight }) => new PatchMoments(node, weight.dims, samples.length));
	try {
		for (const sample of samples) {
			const values = await model.run(feedsOf(graph, sample), names);
			for (const [i, { node }] of layers.entries()) await moments[i].add(values[node.inputs[0]]);
		}
	} finally {
		await model.close();
		for (const each of moments) await each.finish();
	}
	return moments;
}

/**
 * @param centred whether biases take back the mean error anyway, so that only its variance counts
 * @returns the squared output error of all channels, before and after
 */
function roundLayer({ weight, scales, codes }: Layer, moments: PatchMoments, centred: boolean) {
	const { count, channels, size } = moments.blocks;
	const [filters, perGroup] = weight.dims;
	const values = weight.data as Float32Array;
	const perRow = perGroup / channels;
	const rowsPerGroup = filters / (count / perRow);
	const total = { before: 0, after: 0 };
	for (let block = 0; block < count; block++) {
		const gram = momentsOfBlock(moments, block, centred);
		const group = Math.floor(block / perRow);
		for (let row = group * rowsPerGroup; row < (group + 1) * rowsPerGroup; row++) {
			const from = (row * perRow + (block % perRow)) * size;
			const [w, c] = [values.subarray(from, from + size), codes.subarray(from, from + size)];
			const { before, after } = roundRow(w, c, scales[row], gram);
			total.before += before;
			total.after += after;
		}
	}
	return total;
}

function momentsOfBlock({ first, second, blocks: { size } }: PatchMoments, block: number, centred: boolean) {
	const gram = second.slice(block * size * size, (block + 1) * size * size);
	const means = first.subarray(block * size, (block + 1) * size);
	if (centred) for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) gram[i * size + j] -= means[i] * means[j];
	return gram;
}
