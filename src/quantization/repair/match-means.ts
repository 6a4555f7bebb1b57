/** Gives each channel of each convolution the mean that it has in float, measured on the integer model itself, layer by layer. */
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { dropDeadNodes } from '../../graph/passes/drop-dead-nodes.ts';
import { openModel } from '../../inference/model.ts';
import { withOutputs } from '../observe-values.ts';
import { Observation } from '../ranges/observation.ts';
import { feedsOf, type Sample } from '../sample.ts';
import { build, planOf, type Recipe, type Repair } from './repair.ts';

/**
 * Nagel et al. 2019 (Data-Free Quantization), appendix D: with calibration data the bias error is measured instead of
 * derived, after everything before the layer has been corrected. It contains what clipping and earlier layers add, which
 * the derived one does not. Layers at equal depth do not see each other and are measured together.
 */
export const matchMeans: Repair = {
	expensive: true,
	async apply(recipe, { some, threads }) {
		const { convolutions } = planOf(recipe);
		const layers = byDepth(recipe.float, convolutions);
		const outputs = layers.flat();
		const wanted = await meansOf(recipe.float, new Map(outputs.map((name) => [name, name])), some, threads);
		let matched = recipe;
		for (const layer of layers) {
			const { graph, raw } = build(matched);
			const here = new Map(layer.flatMap((name) => (raw.has(name) ? [[name, raw.get(name)!]] : [])));
			matched = withShifts(matched, wanted, await meansOf(graph, here, some, threads));
		}
		return {
			recipe: matched,
			detail: `${outputs.length} convolutions at ${layers.length} depths, ${some.length} images`,
		};
	},
};

/** Outputs of the convolutions by how many others lie before them. */
function byDepth(graph: Graph, convolutions: ReadonlySet<Node>): string[][] {
	const depths = new Map<string, number>();
	const layers: string[][] = [];
	for (const node of graph.nodes) {
		const before = Math.max(0, ...node.inputs.map((name) => depths.get(name) ?? 0));
		const isLayer = convolutions.has(node);
		for (const name of node.outputs) depths.set(name, before + (isLayer ? 1 : 0));
		if (isLayer) (layers[before] ??= []).push(node.outputs[0]);
	}
	return layers;
}

/** Channel means of some values, under the given names. */
async function meansOf(
	graph: Graph,
	values: ReadonlyMap<string, string>,
	samples: readonly Sample[],
	threads: number,
): Promise<Map<string, Float64Array>> {
	const needed = [...values.values()];
	const asked = dropDeadNodes(withOutputs({ ...graph, outputs: [] }, needed)).graph;
	const model = await openModel(encodeModel(asked), { threads });
	const seen = new Map<string, Observation>();
	try {
		for (const sample of samples) {
			const results = await model.run(feedsOf(graph, sample), needed);
			for (const [name, value] of values) {
				const { dims, data } = results[value];
				const observation = seen.get(name) ?? new Observation(dims[1]);
				observation.add(data as Float32Array, dims[0]);
				seen.set(name, observation);
			}
		}
	} finally {
		await model.close();
	}
	return new Map(Array.from(seen, ([name, { channelMeans }]) => [name, channelMeans]));
}

function withShifts(
	recipe: Recipe,
	wanted: ReadonlyMap<string, Float64Array>,
	found: ReadonlyMap<string, Float64Array>,
): Recipe {
	const biasShifts = new Map(recipe.corrections.biasShifts);
	for (const [name, means] of found) {
		const before = biasShifts.get(name);
		biasShifts.set(
			name,
			means.map((mean, c) => (before?.[c] ?? 0) + wanted.get(name)![c] - mean),
		);
	}
	return { ...recipe, corrections: { ...recipe.corrections, biasShifts } };
}
